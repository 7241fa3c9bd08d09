//go:build cgo && (linux || darwin)

package pjrt

import (
	"os"
	"path/filepath"
	"strings"
)

// prepareCUDA sets what a CUDA plugin reads from the environment.
func prepareCUDA(plugin string) error {
	if err := os.Setenv("GOPJRT_CUDA_CHECKS", "0"); err != nil { // go-xla 0.1.4 would set folders of its author's
		return err
	}
	const flag = "--xla_gpu_cuda_data_dir="
	flags, folder := os.Getenv("XLA_FLAGS"), cudaFolder(plugin)
	if folder == "" || strings.Contains(flags, flag) {
		return nil
	}
	return os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" "+flag+folder))
}

// cudaFolder is where NVIDIA's Python packages beside a plugin have the files that XLA compiles with (ptxas, libdevice), "" if there are none:
// the plugin finds libraries by itself, but not these.
func cudaFolder(plugin string) string {
	site := filepath.Dir(filepath.Dir(filepath.Dir(plugin))) // of site-packages/jax_plugins/xla_cuda12/xla_cuda_plugin.so
	for _, name := range []string{"cu13", "cuda_nvcc"} {
		folder := filepath.Join(site, "nvidia", name)
		if isFile(filepath.Join(folder, "nvvm", "libdevice", "libdevice.10.bc")) {
			return folder
		}
	}
	return ""
}
