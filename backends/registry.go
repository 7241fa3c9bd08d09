package backends

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// EnvVar is the environment variable that names the default backend.
const EnvVar = "RANVIER_BACKEND"

// preferred is the order in which a default is looked for when nobody names one.
var preferred = []string{"cpu", "interp"}

var registry = struct {
	sync.Mutex
	backends map[string]Backend
	families map[string]func(member string) (Backend, error)
	chosen   Backend // by SetDefault; nil means the automatic choice
}{
	backends: map[string]Backend{},
	families: map[string]func(string) (Backend, error){},
}

// current caches the default: Default is on the path of every call of compiled code.
var current atomic.Pointer[Backend]

// Register adds a backend under its name; it is called from init functions. A second backend of a name is a broken invariant.
func Register(b Backend) {
	registry.Lock()
	defer registry.Unlock()
	if _, ok := registry.backends[b.Name()]; ok {
		panic("BUG: second backend named " + b.Name())
	}
	registry.backends[b.Name()] = b
	if registry.chosen == nil {
		current.Store(nil) // the automatic choice may be another one now
	}
}

// RegisterFamily adds a function that opens backends named "family:member", each once, when Get first asks for it.
func RegisterFamily(family string, open func(member string) (Backend, error)) {
	registry.Lock()
	defer registry.Unlock()
	if _, ok := registry.families[family]; ok {
		panic("BUG: second backend family named " + family)
	}
	registry.families[family] = open
}

// Get returns the backend of that name, or an error that lists the names there are.
func Get(name string) (Backend, error) {
	registry.Lock()
	defer registry.Unlock()
	if b, ok := registry.backends[name]; ok {
		return b, nil
	}
	family, member, found := strings.Cut(name, ":")
	open, ok := registry.families[family]
	if !found || !ok {
		return nil, unknown(name)
	}
	b, err := open(member)
	if err != nil {
		return nil, fmt.Errorf("backend %s: %w", name, err)
	}
	registry.backends[name] = b
	return b, nil
}

func unknown(name string) error {
	names := slices.Sorted(maps.Keys(registry.backends))
	for _, family := range slices.Sorted(maps.Keys(registry.families)) {
		names = append(names, family+":...")
	}
	hint := ""
	if strings.HasPrefix(name, "pjrt") {
		hint = " (import backends/pjrt to have the pjrt backends)"
	}
	return fmt.Errorf("backend: got %q, want one of %s%s", name, strings.Join(names, ", "), hint)
}

// Names lists the registered backends, sorted.
func Names() []string {
	registry.Lock()
	defer registry.Unlock()
	return slices.Sorted(maps.Keys(registry.backends))
}

// SetDefault makes the named backend the default of the process; "" goes back to the automatic choice.
func SetDefault(name string) error {
	var b Backend
	if name != "" {
		var err error
		if b, err = Get(name); err != nil {
			return err
		}
	}
	registry.Lock()
	defer registry.Unlock()
	registry.chosen = b
	if b == nil {
		current.Store(nil)
	} else {
		current.Store(&b)
	}
	return nil
}

// Default returns the backend that runs what names none; see the package comment for the order of choice.
func Default() (Backend, error) {
	if b := current.Load(); b != nil {
		return *b, nil
	}
	b, err := choose()
	if err != nil {
		return nil, err
	}
	current.CompareAndSwap(nil, &b)
	return b, nil
}

func choose() (Backend, error) {
	if name := os.Getenv(EnvVar); name != "" {
		b, err := Get(name)
		if err != nil {
			return nil, fmt.Errorf("environment variable %s: %w", EnvVar, err)
		}
		return b, nil
	}
	for _, name := range preferred {
		if b, err := Get(name); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("backend: none is registered; import backends/all")
}
