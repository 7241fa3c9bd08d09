package exec

// CacheSizes are the data caches that one core sees, in bytes; 0 where unknown. A shared cache counts whole.
type CacheSizes struct{ L1, L2, L3 int }

// Caches reads the cache sizes from the processor.
func Caches() CacheSizes { return caches() }
