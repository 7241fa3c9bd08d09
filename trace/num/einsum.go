package num

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// Einsum sums products of elements by Einstein's convention: "ij,jk->ik" is the matrix product. A letter that the output lacks
// is summed over; without "->" the output has the letters that occur once, in alphabetical order. "..." stands for leading axes that
// broadcast. Operands are contracted two at a time from the left.
func Einsum(spec string, operands ...Array) Array {
	const name = "einsum"
	terms, output := parseEinsum(spec, operands)
	in := promoteAll(name, operands)
	acc := labelled{in[0], terms[0]}.diagonals()
	for k := 1; k < len(in); k++ {
		needed := output + strings.Join(terms[k+1:], "")
		acc = contract(acc, labelled{in[k], terms[k]}.diagonals(), needed)
	}
	acc = acc.sumOver(func(label rune) bool { return !strings.ContainsRune(output, label) })
	perm := make([]int, 0, len(output))
	for _, label := range output {
		perm = append(perm, acc.axis(label))
	}
	return acc.x.Transpose(perm...)
}

// labelled is an array with a letter for each axis.
type labelled struct {
	x      Array
	labels string
}

func (l labelled) runes() []rune { return []rune(l.labels) }

func (l labelled) axis(label rune) int { return slices.Index(l.runes(), label) }

// broadcastLabels stand for the axes of "...": the last axis has the first of them.
const broadcastLabels = "αβγδεζηθικλμνξοπ"

// parseEinsum returns one string of labels for each operand and for the output.
func parseEinsum(spec string, operands []Array) (terms []string, output string) {
	const name = "einsum"
	left, output, explicit := strings.Cut(strings.ReplaceAll(spec, " ", ""), "->")
	terms = strings.Split(left, ",")
	if len(terms) != len(operands) {
		trace.Fail(name, "operands", fmt.Sprint(len(operands)), fmt.Sprintf("%d, as %q names", len(terms), spec), "")
	}
	dots := ""
	for k, term := range terms {
		before, after, has := strings.Cut(term, "...")
		rank := operands[k].Rank()
		extra := rank - len(before) - len(after)
		if !isLetters(before+after) || extra < 0 || extra > 0 && !has {
			trace.Fail(name, fmt.Sprintf("operand %d", k), "shape "+tensor.ShapeString(operands[k].Shape()),
				fmt.Sprintf("an array with one axis for each letter of %q", term), "")
		}
		all := []rune(broadcastLabels)[:extra]
		slices.Reverse(all)
		terms[k] = before + string(all) + after
		if len(string(all)) > len(dots) {
			dots = string(all)
		}
	}
	if !explicit {
		return terms, dots + implicitOutput(terms)
	}
	output = strings.Replace(output, "...", dots, 1)
	for i, label := range []rune(output) {
		known := slices.ContainsFunc(terms, func(t string) bool { return strings.ContainsRune(t, label) })
		if !known || slices.Index([]rune(output), label) != i {
			trace.Fail(name, "output", fmt.Sprintf("%q in %q", label, spec), "letters of the operands, each once", "")
		}
	}
	return terms, output
}

func isLetters(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') })
}

func implicitOutput(terms []string) string {
	var out []rune
	all := strings.Join(terms, "")
	for _, label := range all {
		if strings.Count(all, string(label)) == 1 && isLetters(string(label)) {
			out = append(out, label)
		}
	}
	slices.Sort(out)
	return string(out)
}

// diagonals replaces axes with the same letter by their diagonal.
func (l labelled) diagonals() labelled {
	for i, label := range l.runes() {
		j := slices.Index(l.runes()[i+1:], label)
		if j < 0 {
			continue
		}
		j += i + 1
		n := l.x.Dim(i)
		if l.x.Dim(j) != n {
			trace.Fail("einsum", fmt.Sprintf("axis %q", label), fmt.Sprintf("extents %d and %d", n, l.x.Dim(j)), "equal extents", "")
		}
		rest := slices.DeleteFunc(identity(l.x.Rank()), func(axis int) bool { return axis == i || axis == j })
		d := Diagonal(l.x.Transpose(append(rest, i, j)...), 0)
		labels := make([]rune, 0, len(rest)+1)
		for _, axis := range rest {
			labels = append(labels, l.runes()[axis])
		}
		return labelled{d, string(labels) + string(label)}.diagonals()
	}
	return l
}

// sumOver sums over the axes whose letters drop holds for.
func (l labelled) sumOver(drop func(rune) bool) labelled {
	var axes []int
	var left []rune
	for i, label := range l.runes() {
		if drop(label) {
			axes = append(axes, i)
		} else {
			left = append(left, label)
		}
	}
	if len(axes) == 0 {
		return l
	}
	return labelled{l.x.Sum(axes...), string(left)}
}

// contract multiplies two arrays and sums over letters that nothing else needs.
func contract(a, b labelled, needed string) labelled {
	unused := func(other labelled) func(rune) bool {
		return func(label rune) bool { return !strings.ContainsRune(needed, label) && other.axis(label) < 0 }
	}
	a, b = a.sumOver(unused(b)), b.sumOver(unused(a))
	a, b = matchExtents(a, b)
	var attrs op.DotAttrs
	var batch, restA, restB []rune
	for i, label := range a.runes() {
		j := b.axis(label)
		switch {
		case j < 0:
			restA = append(restA, label)
		case strings.ContainsRune(needed, label):
			attrs.LhsBatch, attrs.RhsBatch = append(attrs.LhsBatch, i), append(attrs.RhsBatch, j)
			batch = append(batch, label)
		default:
			attrs.LhsContract, attrs.RhsContract = append(attrs.LhsContract, i), append(attrs.RhsContract, j)
		}
	}
	for _, label := range b.runes() {
		if a.axis(label) < 0 {
			restB = append(restB, label)
		}
	}
	x := trace.Record1("einsum", func(bd *ir.Builder, vs []*ir.Value) *ir.Value { return op.Dot(bd, vs[0], vs[1], attrs) }, a.x, b.x)
	return labelled{x, string(slices.Concat(batch, restA, restB))}
}

// matchExtents brings common axes to one extent: 1 broadcasts, as NumPy does.
func matchExtents(a, b labelled) (labelled, labelled) {
	shapeA, shapeB := a.x.Shape(), b.x.Shape()
	for i, label := range a.runes() {
		j := b.axis(label)
		if j < 0 || shapeA[i] == shapeB[j] {
			continue
		}
		if shapeA[i] != 1 && shapeB[j] != 1 {
			trace.Fail("einsum", fmt.Sprintf("axis %q", label), fmt.Sprintf("extents %d and %d", shapeA[i], shapeB[j]), "equal extents", "")
		}
		n := shapeA[i] * shapeB[j]
		shapeA[i], shapeB[j] = n, n
	}
	return labelled{a.x.BroadcastTo(shapeA...), a.labels}, labelled{b.x.BroadcastTo(shapeB...), b.labels}
}
