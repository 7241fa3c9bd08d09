package exec

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

// xgetbv reads extended control register 0: the register sets that the operating system saves.
func xgetbv() (lo, hi uint32)

var features = detect()

// detect reads CPUID and XCR0 (Intel SDM volume 2A, CPUID; volume 1, sections 14.3 and 15.2).
func detect() FeatureSet {
	var f FeatureSet
	most, _, _, _ := cpuid(0, 0)
	if most < 1 {
		return f
	}
	bit := func(r uint32, n int) bool { return r>>n&1 != 0 }
	_, _, c1, _ := cpuid(1, 0)
	f.SSE41, f.SSE42, f.POPCNT, f.MOVBE = bit(c1, 19), bit(c1, 20), bit(c1, 23), bit(c1, 22)
	if ext, _, _, _ := cpuid(0x80000000, 0); ext >= 0x80000001 {
		_, _, c, _ := cpuid(0x80000001, 0)
		f.LZCNT = bit(c, 5)
	}
	const ymmState, zmmState, tileState = 0x6, 0xE6, 0x60000
	var saved uint32
	if bit(c1, 27) { // OSXSAVE
		saved, _ = xgetbv()
	}
	ymm, zmm := saved&ymmState == ymmState, saved&zmmState == zmmState
	f.AVX, f.F16C, f.FMA = ymm && bit(c1, 28), ymm && bit(c1, 29), ymm && bit(c1, 12)
	if most < 7 {
		return f
	}
	_, b, c, d := cpuid(7, 0)
	a1, _, _, _ := cpuid(7, 1)
	f.BMI1, f.BMI2, f.ADX = bit(b, 3), bit(b, 8), bit(b, 19)
	f.AVX2, f.AVXVNNI = ymm && bit(b, 5), ymm && bit(a1, 4)
	if zmm && bit(b, 16) {
		f.AVX512F, f.AVX512CD, f.AVX512BW, f.AVX512DQ, f.AVX512VL = true, bit(b, 28), bit(b, 30), bit(b, 17), bit(b, 31)
		f.AVX512IFMA, f.AVX512VBMI, f.AVX512VBMI2, f.AVX512VNNI = bit(b, 21), bit(c, 1), bit(c, 6), bit(c, 11)
		f.AVX512BITALG, f.AVX512VPOPCNTDQ, f.AVX512BF16, f.AVX512FP16 = bit(c, 12), bit(c, 14), bit(a1, 5), bit(d, 23)
	}
	if saved&tileState == tileState { // on Linux a process must also ask for permission
		f.AMXTile, f.AMXInt8, f.AMXBF16 = bit(d, 24), bit(d, 25), bit(d, 22)
	}
	return f
}
