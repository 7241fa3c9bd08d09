//go:build cgo && (linux || darwin)

package pjrt

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The layout is that of pip install 'jax[cuda12]'.
func TestCUDAFilesOfPythonPackages(t *testing.T) {
	site := t.TempDir()
	plugin := filepath.Join(site, "jax_plugins", "xla_cuda12", "xla_cuda_plugin.so")
	t.Setenv("GOPJRT_CUDA_CHECKS", "")
	t.Setenv("XLA_FLAGS", "--xla_dump_to=x")
	require.NoError(t, prepareCUDA(plugin))
	assert.Equal(t, "--xla_dump_to=x", os.Getenv("XLA_FLAGS"), "nothing is installed")

	nvcc := filepath.Join(site, "nvidia", "cuda_nvcc")
	require.NoError(t, os.MkdirAll(filepath.Join(nvcc, "nvvm", "libdevice"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(nvcc, "nvvm", "libdevice", "libdevice.10.bc"), nil, 0o644))
	for range 2 {
		require.NoError(t, prepareCUDA(plugin))
		assert.Equal(t, "--xla_dump_to=x --xla_gpu_cuda_data_dir="+nvcc, os.Getenv("XLA_FLAGS"))
	}
	assert.Equal(t, "0", os.Getenv("GOPJRT_CUDA_CHECKS"))
}
