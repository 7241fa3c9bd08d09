// Package plot draws what models did: rasters of spikes and lines over time, as PNG, SVG or PDF by the file's name. No computing package
// imports it.
package plot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/trace"
)

// Size of figures.
const (
	width  = 8 * vg.Inch
	height = 5 * vg.Inch
)

// maxDots bounds the dots of a raster: more cannot be told apart, and take long to draw.
const maxDots = 200_000

// Raster draws each spike as a dot at its time (ms) and neuron. Of very many spikes every k-th is drawn, which the title says.
func Raster(file string, spikes *run.Spikes, dt float64) error {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "time (ms)", "neuron"
	skip := spikes.Len()/maxDots + 1
	if skip > 1 {
		p.Title.Text = fmt.Sprintf("1 of %d spikes", skip)
	}
	var dots plotter.XYs
	for i := 0; i < spikes.Len(); i += skip {
		dots = append(dots, plotter.XY{X: float64(spikes.Step[i]) * dt, Y: float64(spikes.Neuron[i])})
	}
	if len(dots) > 0 {
		s, err := plotter.NewScatter(dots)
		if err != nil {
			return fmt.Errorf("plot raster: %w", err)
		}
		s.GlyphStyle = draw.GlyphStyle{Color: s.GlyphStyle.Color, Radius: vg.Points(0.4), Shape: draw.CircleGlyph{}}
		p.Add(s)
	}
	return save(p, file)
}

// Lines draws columns of a (times, n) record, or a (times) one, over time in ms; step is the time between rows.
func Lines(file string, x trace.Array, step float64, labels ...string) error {
	if x.Rank() == 0 || x.Rank() > 2 {
		return fmt.Errorf("plot lines: got %s, want (times) or (times, lines)", x.Type())
	}
	rows, cols := x.Dim(0), 1
	if x.Rank() == 2 {
		cols = x.Dim(1)
	}
	p := plot.New()
	p.X.Label.Text = "time (ms)"
	values := x.Floats()
	for c := range cols {
		pts := make(plotter.XYs, rows)
		for r := range rows {
			pts[r] = plotter.XY{X: float64(r) * step, Y: values[r*cols+c]}
		}
		line, err := plotter.NewLine(pts)
		if err != nil {
			return fmt.Errorf("plot lines: %w", err)
		}
		line.Color = palette[c%len(palette)]
		p.Add(line)
		if c < len(labels) {
			p.Legend.Add(labels[c], line)
		}
	}
	return save(p, file)
}

// Check returns the error that a drawing function would end with because of the file's name or folder: what a program asks before it
// simulates for an hour.
func Check(file string) error {
	ext, err := extension(file)
	if err != nil {
		return err
	}
	tmp, err := createTemp(file, ext)
	if err != nil {
		return err
	}
	return errors.Join(tmp.Close(), os.Remove(tmp.Name()))
}

// extension returns the end of the file's name, which is the format.
func extension(file string) (string, error) {
	switch ext := filepath.Ext(file); ext {
	case ".png", ".svg", ".pdf":
		return ext, nil
	}
	return "", fmt.Errorf("plot: got file name %q, want one that ends in .png, .svg or .pdf", file)
}

// createTemp makes a file beside the target.
func createTemp(file, ext string) (*os.File, error) {
	dir := filepath.Dir(file)
	tmp, err := os.CreateTemp(dir, ".plot-*"+ext)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("plot %s: the folder %s does not exist (make it first)", file, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("plot %s: the folder of the picture cannot be written: %w", file, err)
	}
	return tmp, nil
}

// save draws into a temporary file beside the target and renames it, so that no half-drawn picture is left.
func save(p *plot.Plot, file string) error {
	ext, err := extension(file)
	if err != nil {
		return err
	}
	w, err := p.WriterTo(width, height, ext[1:])
	if err != nil {
		return fmt.Errorf("plot %s: %w", file, err)
	}
	tmp, err := createTemp(file, ext)
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = w.WriteTo(tmp)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("plot %s: %w", file, err)
	}
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return fmt.Errorf("plot %s: %w", file, err)
	}
	return os.Rename(tmp.Name(), file)
}
