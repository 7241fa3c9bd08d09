package ir_test

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Rows for the tests of this folder, so that they depend on no real primitive.
const (
	testAdd  ir.OpID = 1000 + iota // (x, x) -> x
	testPair                       // x -> x, x
	testSink                       // any inputs -> nothing
	testRun                        // inputs, regions of the signature inputs -> outputs
	testAll                        // one attribute of each kind, no inputs -> f32[]
	testBad                        // its type rule panics
	testData                       // {value}: a constant
)

type kindName string

type allAttrs struct {
	Axes       []int
	Mask       []bool
	Pads       [][]int
	Dir        kindName
	DType      dtype.DType
	Seed       uint64
	Alpha      float64
	FFTLength  int
	Window     windowAttrs
	Value      *tensor.Tensor
	Descending bool
}

type windowAttrs struct {
	Size  []int
	Label string
}

type dataAttrs struct{ Value *tensor.Tensor }

func init() {
	ir.Register(ir.Row{ID: testAdd, Name: "test.add", Arity: 2, Types: func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		if !in[0].Equal(in[1]) {
			return nil, ir.Mismatch("operand 1", in[1].String(), in[0].String())
		}
		return in[:1], nil
	}})
	ir.Register(ir.Row{ID: testPair, Name: "test.pair", Arity: 1, Types: func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		return []ir.Type{in[0], in[0]}, nil
	}})
	ir.Register(ir.Row{ID: testSink, Name: "test.sink", Arity: -1, Types: func([]ir.Type, ir.Attrs, []*ir.Graph) ([]ir.Type, error) {
		return nil, nil
	}})
	ir.Register(ir.Row{ID: testRun, Name: "test.run", Arity: -1, Regions: -1, Types: func(_ []ir.Type, _ ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
		if len(regions) == 0 {
			return nil, ir.Mismatch("regions", "0", "at least 1")
		}
		return regions[0].OutTypes(), nil
	}})
	ir.Register(ir.Row{ID: testAll, Name: "test.all", Attrs: allAttrs{}, Types: func([]ir.Type, ir.Attrs, []*ir.Graph) ([]ir.Type, error) {
		return []ir.Type{ir.T(dtype.Float32)}, nil
	}})
	ir.Register(ir.Row{ID: testBad, Name: "test.bad", Types: func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		return in[7:8], nil
	}})
	ir.Register(ir.Row{ID: testData, Name: "test.data", Attrs: dataAttrs{}, Types: func(_ []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		value := attrs.(dataAttrs).Value
		if value == nil {
			return nil, ir.Mismatch("value", "none", "a tensor")
		}
		return []ir.Type{ir.TypeOf(value)}, nil
	}})
}
