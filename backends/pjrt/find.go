package pjrt

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// PythonEnv names a Python interpreter in whose environment plugins are looked for first.
const PythonEnv = "RANVIER_PYTHON"

// pathsEnv is the variable with the folders in which go-xla looks for plugins.
const pathsEnv = "PJRT_PLUGIN_LIBRARY_PATH"

// installs says how the plugin of a name is installed.
var installs = map[string]string{
	"cpu":  "pip install xla-cpu-pjrt==0.0.1",
	"cuda": "pip install jax-cuda12-pjrt, with the NVIDIA libraries: pip install 'jax[cuda12]'",
}

// NotFoundError says where a plugin was looked for and how to get it.
type NotFoundError struct {
	Name   string
	Looked []string // folders
}

// Error says what to install.
func (e *NotFoundError) Error() string {
	how, ok := installs[e.Name]
	if !ok {
		how = "give the path of its library, as in pjrt:/path/to/plugin.so"
	}
	return fmt.Sprintf("no plugin for %q found in %s (install one: %s; %s may name the Python interpreter of that environment)",
		e.Name, strings.Join(e.Looked, ", "), how, PythonEnv)
}

// Find returns the path of the plugin: name is an absolute path, or a name such as cpu or cuda.
func Find(name string) (string, error) {
	if filepath.IsAbs(name) {
		if _, err := os.Stat(name); err != nil {
			return "", err
		}
		return name, nil
	}
	libraries, packages := libraryFolders(), packageFolders()
	for _, folder := range libraries {
		for _, pattern := range []string{"pjrt_c_api_%s_plugin", "pjrt-plugin-%s", "pjrt_plugin_%s"} {
			path := filepath.Join(folder, fmt.Sprintf(pattern, name)+librarySuffix())
			if isFile(path) {
				return path, nil
			}
		}
	}
	for _, folder := range packages {
		if path := findInPackages(folder, name); path != "" {
			return path, nil
		}
	}
	return "", &NotFoundError{name, slices.Concat(libraries, packages)}
}

func librarySuffix() string {
	switch runtime.GOOS {
	case "darwin":
		return ".dylib"
	case "windows":
		return ".dll"
	}
	return ".so"
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// libraryFolders are the usual folders of plugins.
func libraryFolders() []string {
	if list := os.Getenv(pathsEnv); list != "" {
		return filepath.SplitList(list)
	}
	var folders []string
	if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, filepath.Join(home, ".local", "lib", "go-xla"))
	}
	folders = append(folders, "/usr/local/lib/go-xla")
	for _, folder := range filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")) {
		if filepath.IsAbs(folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// packageFolders are the site-packages of the Python environments there are, without starting Python.
func packageFolders() []string {
	var roots []string
	python := func(path string, err error) {
		if err == nil && path != "" {
			roots = append(roots, filepath.Dir(filepath.Dir(path))) // .../bin/python
		}
	}
	python(exec.LookPath(os.Getenv(PythonEnv)))
	if root := os.Getenv("VIRTUAL_ENV"); root != "" {
		roots = append(roots, root)
	}
	python(exec.LookPath("python3"))
	python(exec.LookPath("python"))
	if home, err := os.UserHomeDir(); err == nil {
		roots = append(roots, filepath.Join(home, ".local"))
	}
	var folders []string
	for _, root := range roots {
		for _, pattern := range []string{"lib/python3*/site-packages", "lib/python3*/dist-packages", "local/lib/python3*/dist-packages", "Lib/site-packages"} {
			matches, _ := filepath.Glob(filepath.Join(root, pattern)) // the only error is a bad pattern
			for _, m := range matches {
				if !slices.Contains(folders, m) {
					folders = append(folders, m)
				}
			}
		}
	}
	return folders
}

// findInPackages looks for the library of a plugin package: xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so, jax_plugins/xla_cuda12/xla_cuda_plugin.so.
func findInPackages(folder, name string) string {
	var found []string
	for _, family := range []string{"xla_plugins", "jax_plugins"} {
		_ = filepath.WalkDir(filepath.Join(folder, family), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != librarySuffix() {
				return nil // unreadable folders have no plugins
			}
			base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
			if base == "xla_"+name+"_pjrt" || base == "xla_"+name+"_plugin" || base == "pjrt_plugin_"+name || base == "pjrt_c_api_"+name+"_plugin" {
				found = append(found, path)
			}
			return nil
		})
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Max(found) // of several versions the newest, by the name of its folder
}
