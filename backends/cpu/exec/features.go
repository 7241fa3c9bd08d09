package exec

// FeatureSet says which instruction set extensions the processor has and the operating system has enabled (registers saved).
type FeatureSet struct {
	SSE41, SSE42, POPCNT, MOVBE, LZCNT, BMI1, BMI2, ADX bool
	AVX, F16C, FMA, AVX2, AVXVNNI                       bool

	AVX512F, AVX512CD, AVX512BW, AVX512DQ, AVX512VL                    bool
	AVX512IFMA, AVX512VBMI, AVX512VBMI2, AVX512VNNI, AVX512BITALG      bool
	AVX512VPOPCNTDQ, AVX512BF16, AVX512FP16, AMXTile, AMXInt8, AMXBF16 bool
}

// Features is what this processor has. On other architectures than amd64 it is empty.
func Features() FeatureSet { return features }

// HasAVX2 reports whether all extensions of the AVX2 tier are there: AVX2, FMA, F16C, BMI1, BMI2, LZCNT and POPCNT
// (every Intel processor since 2013 and every AMD processor since 2015, except low-cost ones).
func (f FeatureSet) HasAVX2() bool {
	return f.AVX2 && f.FMA && f.F16C && f.BMI1 && f.BMI2 && f.LZCNT && f.POPCNT
}

// HasAVX512 reports whether all extensions of the AVX-512 tier are there: those of HasAVX2, and F, CD, BW, DQ and VL
// (Intel servers since 2017, AMD since 2022).
func (f FeatureSet) HasAVX512() bool {
	return f.HasAVX2() && f.AVX512F && f.AVX512CD && f.AVX512BW && f.AVX512DQ && f.AVX512VL
}

// Supported reports whether Map works here.
func Supported() bool { return supported }
