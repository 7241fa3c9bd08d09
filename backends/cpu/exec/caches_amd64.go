package exec

// caches reads the deterministic cache parameters: CPUID leaf 4 (Intel SDM volume 2A), or leaf 8000001D, which has the same
// layout (AMD manual volume 3, appendix E).
func caches() CacheSizes {
	var sizes CacheSizes
	leaf := uint32(4)
	if _, b, _, _ := cpuid(0, 0); b == 0x68747541 { // "Auth", of AuthenticAMD
		leaf = 0x8000001D
	}
	if most, _, _, _ := cpuid(leaf&0x80000000, 0); most < leaf {
		return sizes
	}
	for sub := range uint32(8) {
		a, b, c, _ := cpuid(leaf, sub)
		kind, level := a&31, a>>5&7
		if kind == 0 {
			break
		}
		if kind == 2 { // instructions
			continue
		}
		size := int((b>>22 + 1) * (b>>12&1023 + 1) * (b&4095 + 1) * (c + 1)) // ways, partitions, line size, sets
		switch level {
		case 1:
			sizes.L1 = size
		case 2:
			sizes.L2 = size
		case 3:
			sizes.L3 = size
		}
	}
	return sizes
}
