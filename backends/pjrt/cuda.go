//go:build cgo && (linux || darwin)

package pjrt

import (
	"os"
	"path/filepath"
)

// prepareCUDA sets what a CUDA plugin reads from the environment.
func prepareCUDA(plugin string) error {
	if err := os.Setenv("GOPJRT_CUDA_CHECKS", "0"); err != nil { // go-xla 0.1.4 would set folders of its author's
		return err
	}
	if folder := cudaFolder(plugin); folder != "" {
		return setXLAFlag("xla_gpu_cuda_data_dir", folder)
	}
	return nil
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
