package exec

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFeaturesAgainstKernel compares with the flags that the Linux kernel found.
func TestFeaturesAgainstKernel(t *testing.T) {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil || runtime.GOARCH != "amd64" {
		t.Skip("needs Linux on amd64")
	}
	_, line, _ := strings.Cut(string(text), "\nflags")
	line, _, _ = strings.Cut(line, "\n")
	flags := strings.Fields(line)
	f := Features()
	for name, got := range map[string]bool{
		"sse4_1": f.SSE41, "sse4_2": f.SSE42, "popcnt": f.POPCNT, "movbe": f.MOVBE, "abm": f.LZCNT, "bmi1": f.BMI1, "bmi2": f.BMI2,
		"adx": f.ADX, "avx": f.AVX, "f16c": f.F16C, "fma": f.FMA, "avx2": f.AVX2, "avx_vnni": f.AVXVNNI,
		"avx512f": f.AVX512F, "avx512cd": f.AVX512CD, "avx512bw": f.AVX512BW, "avx512dq": f.AVX512DQ, "avx512vl": f.AVX512VL,
		"avx512ifma": f.AVX512IFMA, "avx512vbmi": f.AVX512VBMI, "avx512_vbmi2": f.AVX512VBMI2, "avx512_vnni": f.AVX512VNNI,
		"avx512_bitalg": f.AVX512BITALG, "avx512_vpopcntdq": f.AVX512VPOPCNTDQ, "avx512_bf16": f.AVX512BF16, "avx512_fp16": f.AVX512FP16,
		"amx_tile": f.AMXTile, "amx_int8": f.AMXInt8, "amx_bf16": f.AMXBF16,
	} {
		require.Equal(t, slices.Contains(flags, name), got, name)
	}
}
