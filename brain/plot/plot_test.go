package plot_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain/plot"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/trace/num"
)

func TestRasterAndLines(t *testing.T) {
	folder := t.TempDir()
	spikes := &run.Spikes{N: 3, Step: []int32{0, 5, 9}, Neuron: []int32{0, 1, 2}}
	raster := filepath.Join(folder, "raster.png")
	require.NoError(t, plot.Raster(raster, spikes, 0.1))
	text, err := os.ReadFile(raster)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(text))
	require.NoError(t, err)
	require.Greater(t, img.Bounds().Dx(), 500)

	require.NoError(t, plot.Raster(filepath.Join(folder, "empty.svg"), &run.Spikes{N: 3}, 0.1))
	require.NoError(t, plot.Lines(filepath.Join(folder, "lines.svg"), num.Ones(10, 2), 0.1, "a", "b"))
	require.NoError(t, plot.Lines(filepath.Join(folder, "line.pdf"), num.Ones(10), 0.1))
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, 4, "no temporary files are left")
}

func TestErrors(t *testing.T) {
	require.ErrorContains(t, plot.Lines("x.png", num.Ones(2, 2, 2), 1), "plot lines: got f32[2,2,2], want (times) or (times, lines)")
	require.ErrorContains(t, plot.Lines("x", num.Ones(2), 1), `plot: got file name "x", want one that ends in .png, .svg or .pdf`)
	require.ErrorContains(t, plot.Lines("x.xyz", num.Ones(2), 1), `plot: got file name "x.xyz", want one that ends in .png, .svg or .pdf`)
	require.NoError(t, plot.Check(filepath.Join(t.TempDir(), "x.svg")))
	require.ErrorContains(t, plot.Check("missing/x.svg"), "plot missing/x.svg: the folder missing does not exist (make it first)")
	require.ErrorContains(t, plot.Lines(filepath.Join(t.TempDir(), "no", "x.png"), num.Ones(2), 1), "x.png: the folder ")
}
