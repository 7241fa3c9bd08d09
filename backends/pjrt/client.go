//go:build cgo && (linux || darwin)

package pjrt

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/gomlx/go-xla/pkg/pjrt"

	"github.com/ranvier-go/ranvier/backends"
)

func init() {
	backends.RegisterFamily("pjrt", func(member string) (backends.Backend, error) { return Open(member) })
}

// DevicesEnv says how many devices the CPU plugin shall simulate; 1 if it is not set.
const DevicesEnv = "RANVIER_PJRT_DEVICES"

// Backend runs graphs on the devices of one plugin.
type Backend struct {
	name   string
	client *pjrt.Client
	memory memory
}

// Device describes a device.
type Device struct {
	ID          int // hardware number, as of the CUDA device
	Description string
}

// opening guards the plugin loader, and the file descriptor that is turned away meanwhile.
var opening sync.Mutex

// Open returns the backend of a plugin: cpu, cuda, another name, or an absolute path. The error is a *NotFoundError if there is none.
// The CPU plugin simulates as many devices as DevicesEnv says, 1 without it.
func Open(plugin string) (*Backend, error) {
	devices := 1
	if text := os.Getenv(DevicesEnv); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: got %q, want a number from 1 on", DevicesEnv, text)
		}
		devices = n
	}
	return OpenDevices(plugin, devices)
}

// OpenDevices is Open for a number of simulated devices, which only the CPU plugin looks at.
func OpenDevices(plugin string, devices int) (b *Backend, err error) {
	path, err := Find(plugin)
	if err != nil {
		return nil, err
	}
	opening.Lock()
	defer opening.Unlock()
	defer func() {
		if p := recover(); p != nil { // the loader dereferences what it could not open
			b, err = nil, fmt.Errorf("plugin %s: %v", path, p)
		}
	}()
	options := pjrt.NamedValuesMap{}
	if plugin == "cpu" || strings.Contains(filepath.Base(path), "cpu") {
		options["cpu_device_count"] = int64(devices)
		if err := prepareCPU(path); err != nil {
			return nil, err
		}
	} else if err := prepareCUDA(path); err != nil {
		return nil, err
	}
	loaded, err := pjrt.GetPlugin(path)
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", path, err)
	}
	if major, minor := loaded.Version(); major != 0 || minor < 54 {
		return nil, fmt.Errorf("plugin %s: got PJRT version %d.%d, want 0.54 or later", path, major, minor)
	}
	var client *pjrt.Client
	pjrt.SuppressAbseilLoggingHack(func() { client, err = loaded.NewClient(options) })
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", path, err)
	}
	return &Backend{name: "pjrt:" + plugin, client: client}, nil
}

// setXLAFlag adds a flag to those that XLA reads from the environment, unless the user has set it.
func setXLAFlag(name, value string) error {
	flags := os.Getenv("XLA_FLAGS")
	if strings.Contains(flags, name) {
		return nil
	}
	return os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" --"+name+"="+value))
}

// Name is "pjrt:" and the plugin as it was asked for.
func (b *Backend) Name() string { return b.name }

// Platform is what the plugin calls itself, such as cpu or cuda.
func (b *Backend) Platform() string { return b.client.Platform() }

// Devices lists the devices that programs can run on.
func (b *Backend) Devices() []Device {
	var list []Device
	for _, d := range b.client.AddressableDevices() {
		text := ""
		if description, err := d.GetDescription(); err == nil {
			text = description.DebugString()
		}
		list = append(list, Device{d.LocalHardwareID(), text})
	}
	return list
}

// HasDevices reports whether programs can be partitioned over n devices.
func (b *Backend) HasDevices(n int) bool { return n <= b.client.NumDevices() }
