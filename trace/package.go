package trace

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// A package is a saved program in one file:
//
//	"ranvier program\n", version (4 bytes), length of the content (8 bytes), SHA-256 of the content, content
//
// with numbers in little-endian order. The content is a packageFile as JSON. The version goes up when older programs cannot read
// what is written; newer ones read all older versions.

const (
	packageMagic   = "ranvier program\n"
	packageVersion = 1
	packageHeader  = len(packageMagic) + 4 + 8 + sha256.Size
)

// packageFile is the content of a package.
type packageFile struct {
	Name      string
	Graph     string // text form of package ir
	Variables []packageVariable

	FlushDenormals bool `json:",omitempty"`
	FastMath       bool `json:",omitempty"`
}

// packageVariable is a Variable of a program. Value is a graph that returns it as a constant: the text form knows every element type.
type packageVariable struct {
	Name          string
	Input, Output int // -1 where there is none
	Value         []byte
}

func (p *Program) encode() ([]byte, error) {
	file := packageFile{Name: p.name, Graph: ir.Print(p.graph), FlushDenormals: p.numerics.FlushDenormals, FastMath: p.numerics.FastMath}
	for _, s := range p.state {
		b := ir.NewBuilder("value")
		file.Variables = append(file.Variables, packageVariable{s.name, s.input, s.output, []byte(ir.Print(b.Build(b.Const(s.value))))})
	}
	content, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	out := []byte(packageMagic)
	out = binary.LittleEndian.AppendUint32(out, packageVersion)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(content)))
	return slices.Concat(out, sum[:], content), nil
}

// decodePackage reads a package, magic included. Every error says what is wrong with the file.
func decodePackage(data []byte) (*Program, error) {
	if len(data) < packageHeader {
		return nil, fmt.Errorf("the file is cut off: got %d bytes, want a header of %d", len(data), packageHeader)
	}
	rest := data[len(packageMagic):]
	if version := binary.LittleEndian.Uint32(rest); version == 0 || version > packageVersion {
		return nil, fmt.Errorf("got format version %d, want at most %d: the file was written by a newer version of Ranvier", version, packageVersion)
	}
	length, sum, content := binary.LittleEndian.Uint64(rest[4:]), rest[12:12+sha256.Size], data[packageHeader:]
	if uint64(len(content)) < length {
		return nil, fmt.Errorf("the file is cut off: got %d bytes of content, want %d", len(content), length)
	}
	if uint64(len(content)) > length {
		return nil, fmt.Errorf("the file is damaged: got %d bytes behind its content", uint64(len(content))-length)
	}
	if got := sha256.Sum256(content); !bytes.Equal(got[:], sum) {
		return nil, fmt.Errorf("the file is damaged: its content does not have the checksum that was written with it")
	}
	return decodeContent(content)
}

func decodeContent(content []byte) (*Program, error) {
	var file packageFile
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("the content is no package: %w", err)
	}
	g, err := ir.Parse(file.Graph)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	if err := ir.Verify(g); err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	p := &Program{name: file.Name, graph: g, numerics: backends.Options{FlushDenormals: file.FlushDenormals, FastMath: file.FastMath}}
	for _, v := range file.Variables {
		value, err := decodeValue(v.Value)
		if err != nil {
			return nil, fmt.Errorf("variable %q: %w", v.Name, err)
		}
		p.state = append(p.state, programState{v.Name, v.Input, v.Output, value})
	}
	return p, p.checkState()
}

func decodeValue(text []byte) (*tensor.Tensor, error) {
	g, err := ir.Parse(string(text))
	if err != nil {
		return nil, err
	}
	if len(g.Outputs) != 1 || g.Outputs[0].Op() != ir.ConstOp {
		return nil, fmt.Errorf("got a graph that is no constant")
	}
	return g.Outputs[0].Node.Attrs.(ir.ConstAttrs).Value, nil
}

// checkState checks that parameters and outputs of the state are there, once, and of its types.
func (p *Program) checkState() error {
	inputs, outputs := map[int]bool{}, map[int]bool{}
	for _, s := range p.state {
		typ := ir.TypeOf(s.value)
		for _, use := range []struct {
			what  string
			at    int
			types []ir.Type
			seen  map[int]bool
		}{{"parameter", s.input, p.graph.InTypes(), inputs}, {"output", s.output, p.graph.OutTypes(), outputs}} {
			if use.at == -1 {
				continue
			}
			if use.at < 0 || use.at >= len(use.types) || use.seen[use.at] {
				return fmt.Errorf("variable %q: got %s %d, want one of %d, each once", s.name, use.what, use.at, len(use.types))
			}
			use.seen[use.at] = true
			if t := use.types[use.at]; !t.Equal(typ) {
				return fmt.Errorf("variable %q: got %s of type %s, want %s as its value", s.name, use.what, t, typ)
			}
		}
	}
	return nil
}
