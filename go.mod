module github.com/ranvier-go/ranvier

go 1.26
