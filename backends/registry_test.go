package backends_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	_ "github.com/ranvier-go/ranvier/backends/all"
	"github.com/ranvier-go/ranvier/ir"
)

type fake struct{ name string }

func (f fake) Name() string { return f.name }

func (f fake) Compile(*ir.Graph, backends.Options) (backends.Executable, error) { return nil, nil }

func TestGetKnowsRegisteredNamesAndFamilies(t *testing.T) {
	b, err := backends.Get("interp")
	require.NoError(t, err)
	require.Equal(t, "interp", b.Name())

	opened := 0
	backends.RegisterFamily("test", func(member string) (backends.Backend, error) {
		opened++
		return fake{"test:" + member}, nil
	})
	for range 2 {
		b, err = backends.Get("test:a")
		require.NoError(t, err)
		require.Equal(t, "test:a", b.Name())
	}
	require.Equal(t, 1, opened)

	_, err = backends.Get("gpu")
	require.ErrorContains(t, err, `backend: got "gpu", want one of `)
	require.ErrorContains(t, err, "interp")
	_, err = backends.Get("pjrt:cuda")
	require.ErrorContains(t, err, "import backends/pjrt")
}

func TestDefault(t *testing.T) {
	t.Cleanup(func() { require.NoError(t, backends.SetDefault("")) })
	require.NoError(t, backends.SetDefault("interp"))
	b, err := backends.Default()
	require.NoError(t, err)
	require.Equal(t, "interp", b.Name())
	require.Error(t, backends.SetDefault("gpu"))

	require.NoError(t, backends.SetDefault(""))
	t.Setenv(backends.EnvVar, "gpu")
	_, err = backends.Default()
	require.ErrorContains(t, err, `environment variable RANVIER_BACKEND: backend: got "gpu"`)
	t.Setenv(backends.EnvVar, "interp")
	b, err = backends.Default()
	require.NoError(t, err)
	require.Equal(t, "interp", b.Name())
}
