package ir

// CachedHashes is the number of tensors whose hash is kept.
func CachedHashes() int {
	n := 0
	tensorHashes.Range(func(any, any) bool { n++; return true })
	return n
}
