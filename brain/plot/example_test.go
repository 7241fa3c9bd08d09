package plot_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ranvier-go/ranvier/brain/plot"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/trace/num"
)

func Example() {
	folder, err := os.MkdirTemp("", "plots")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	spikes := &run.Spikes{N: 3, Step: []int32{0, 5, 9}, Neuron: []int32{0, 1, 2}}
	fmt.Println(plot.Raster(filepath.Join(folder, "raster.png"), spikes, 0.1))
	v := num.Of([][]float64{{-65, -70}, {-60, -66}, {-52, -61}}) // (times, neurons)
	fmt.Println(plot.Lines(filepath.Join(folder, "potential.svg"), v, 0.1, "first", "second"))
	fmt.Println(plot.Lines("potential", v, 0.1))
	// Output:
	// <nil>
	// <nil>
	// plot: got file name "potential", want one that ends in .png, .svg or .pdf
}
