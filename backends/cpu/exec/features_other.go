//go:build !amd64

package exec

var features FeatureSet
