package syntax

import (
	"strconv"
	"strings"
)

// special are the short forms that need a rule of their own; what it leaves unread is the location.
var special map[string]func(p *parser, op *Op, heads []head)

func init() {
	special = map[string]func(p *parser, op *Op, heads []head){
		"stablehlo.constant":           (*parser).constant,
		"chlo.constant":                (*parser).constant,
		"arith.constant":               (*parser).constant,
		"stablehlo.compare":            (*parser).compare,
		"stablehlo.slice":              (*parser).slice,
		"stablehlo.get_tuple_element":  (*parser).tupleElement,
		"stablehlo.custom_call":        (*parser).customCall,
		"stablehlo.composite":          (*parser).composite,
		"stablehlo.convolution":        (*parser).convolution,
		"stablehlo.dot_general":        (*parser).dotGeneral,
		"stablehlo.while":              (*parser).while,
		"stablehlo.reduce":             (*parser).reduce,
		"chlo.scan":                    (*parser).scan,
		"func.call":                    (*parser).call,
		"check.expect_eq_const":        (*parser).checkConst,
		"check.expect_almost_eq_const": (*parser).checkConst,
		"sdy.mesh":                     (*parser).mesh,
		"sdy.sharding_constraint":      (*parser).shardingConstraint,
		"sdy.manual_computation":       (*parser).manualComputation,
	}
}

// keyword is a "name = value" among the operands of a short form: the attribute that it gives and how to read it.
type keyword struct {
	attr string
	read func(p *parser) Attr
}

// keywords of the short forms, by operation and name.
var keywords map[string]map[string]keyword

func init() {
	i64 := func(attr string) keyword { return keyword{attr, (*parser).keyInt} }
	ints := func(attr string) keyword { return keyword{attr, (*parser).keyInts} }
	enum := func(attr, kind string) keyword {
		return keyword{attr, func(p *parser) Attr { return Enum{Name: kind, Value: p.needWord("a value of " + kind)} }}
	}
	text := func(attr string) keyword {
		return keyword{attr, func(p *parser) Attr { return String(p.stringLiteral("a string")) }}
	}
	number := func(attr, typ string) keyword {
		return keyword{attr, func(p *parser) Attr { return p.keyNumber(typ) }}
	}
	precision := keyword{"precision_config", (*parser).keyPrecision}
	keywords = map[string]map[string]keyword{
		"stablehlo.broadcast":                {"sizes": ints("broadcast_sizes")},
		"stablehlo.broadcast_in_dim":         {"dims": ints("broadcast_dimensions")},
		"stablehlo.cholesky":                 {"lower": {"lower", (*parser).keyBool}},
		"stablehlo.concatenate":              {"dim": i64("dimension")},
		"stablehlo.dot":                      {"precision": precision},
		"stablehlo.dot_general":              {"precision": precision, "algorithm": {"algorithm", (*parser).keyAlgorithm}},
		"stablehlo.dynamic_broadcast_in_dim": {"dims": ints("broadcast_dimensions")},
		"stablehlo.dynamic_iota":             {"dim": i64("iota_dimension")},
		"stablehlo.dynamic_slice":            {"sizes": ints("slice_sizes")},
		"stablehlo.einsum":                   {"config": text("einsum_config")},
		"stablehlo.fft":                      {"type": enum("fft_type", "stablehlo.fft_type"), "length": ints("fft_length")},
		"stablehlo.get_dimension_size":       {"dim": i64("dimension")},
		"stablehlo.iota":                     {"dim": i64("iota_dimension")},
		"stablehlo.pad": {"low": ints("edge_padding_low"), "high": ints("edge_padding_high"),
			"interior": ints("interior_padding")},
		"stablehlo.reverse":            {"dims": ints("dimensions")},
		"stablehlo.rng":                {"distribution": enum("rng_distribution", "stablehlo.rng_distribution")},
		"stablehlo.rng_bit_generator":  {"algorithm": enum("rng_algorithm", "stablehlo.rng_algorithm")},
		"stablehlo.set_dimension_size": {"dim": i64("dimension")},
		"stablehlo.transpose":          {"dims": ints("permutation")},
		"stablehlo.unary_einsum":       {"config": text("einsum_config")},
		"stablehlo.reduce_precision":   {"format": {"", nil}}, // gives two attributes: see item
		"chlo.top_k":                   {"k": i64("k")},
		"check.expect_almost_eq":       {"tolerance": number("tolerance", "f64")},
		"check.expect_close": {"max_ulp_difference": number("max_ulp_difference", "ui64"),
			"min_ulp_difference": number("min_ulp_difference", "ui64")},
		"check.expect_almost_eq_const": {"tolerance": number("tolerance", "f64")},
		"check.expect_serialized_eq":   {"probe_id": text("probe_id"), "iter": number("iteration", "ui32")},
		"interpreter.probe":            {"probe_id": text("probe_id")},
	}
}

// shortDialects are those whose operations share the common short form: operands, keywords, attributes, types.
var shortDialects = map[string]bool{"stablehlo": true, "chlo": true, "check": true, "interpreter": true, "func": true, "sdy": true}

// short reads what follows a name without quotes.
func (p *parser) short(op *Op, heads []head) {
	if f, ok := special[op.Name]; ok {
		f(p, op, heads)
		return
	}
	if dialect, _, _ := strings.Cut(op.Name, "."); !shortDialects[dialect] {
		p.failAt(op.Pos, "expected the generic form (\"%s\"(...) : ...) for an operation of dialect %s", op.Name, dialect)
	}
	p.items(op)
	p.addAttrs(op, p.optionalDict())
	p.tail(op)
}

// items reads operands and keywords, in parentheses or not.
func (p *parser) items(op *Op) {
	if p.peek() == '(' {
		p.list("(", ")", func() {
			if !p.item(op) {
				p.fail("a value or an attribute of " + op.Name)
			}
		})
		return
	}
	for first := true; ; first = false {
		if !p.item(op) {
			if first {
				return
			}
			p.fail("a value or an attribute of " + op.Name)
		}
		if !p.accept(",") {
			return
		}
	}
}

// item reads one operand or keyword.
func (p *parser) item(op *Op) bool {
	if p.peek() == '%' {
		op.Operands = append(op.Operands, p.use())
		return true
	}
	start := p.pos
	name := p.word()
	key, ok := keywords[op.Name][name]
	if !ok {
		p.pos = start
		return false
	}
	p.expect("=")
	if op.Name == "stablehlo.reduce_precision" {
		p.floatFormat(op)
		return true
	}
	p.addAttr(op, key.attr, key.read(p))
	return true
}

// tail reads the types of the common form: a functional one, "types -> types", or what the operation allows to shorten.
func (p *parser) tail(op *Op) {
	silent := noResults(op.Name)
	if silent && len(op.Operands) == 0 {
		return
	}
	p.expect(":")
	p.addAttrs(op, p.optionalDict())
	if p.peek() == '(' {
		p.functional(op)
		return
	}
	p.skip()
	at := p.place(p.pos)
	types := []Type{p.typ()}
	for p.accept(",") {
		types = append(types, p.typ())
	}
	switch {
	case p.accept("->"):
		p.operandTypes(op, types, at)
		op.Results = results(p.resultTypes())
	case silent:
		if len(types) == 1 { // check.expect_eq names the type of both once
			types = repeat(types[0], len(op.Operands))
		}
		p.operandTypes(op, types, at)
	case op.Name == "stablehlo.optimization_barrier":
		p.operandTypes(op, types, at)
		op.Results = results(types)
	case op.Name == "stablehlo.select":
		if len(types) != 2 {
			p.failAt(at, "expected a type of the form (operands) -> results, or two types")
		}
		p.operandTypes(op, []Type{types[0], types[1], types[1]}, at)
		op.Results = results(types[1:])
	case len(types) != 1:
		p.failAt(at, "expected one type, or a type of the form (operands) -> results, got %d types", len(types))
	default:
		switch op.Name {
		case "stablehlo.tuple": // the type names those of the operands
		case "stablehlo.complex":
			p.operandTypes(op, repeat(realPart(types[0]), len(op.Operands)), at)
		default:
			p.operandTypes(op, repeat(types[0], len(op.Operands)), at)
		}
		op.Results = results(types)
	}
}

// realPart is the type of the parts of a complex tensor; other types are returned as they are.
func realPart(t Type) Type {
	ct, ok := t.(*TensorType)
	if !ok || !ct.Elem.DType.IsComplex() {
		return t
	}
	part := *ct
	part.Elem = elemOf(ct.Elem.DType.Real().String())
	return &part
}

func noResults(name string) bool {
	switch name {
	case "func.return", "stablehlo.return", "sdy.return", "interpreter.print":
		return true
	}
	return strings.HasPrefix(name, "check.")
}

func repeat(t Type, n int) []Type {
	out := make([]Type, n)
	for i := range out {
		out[i] = t
	}
	return out
}

func (p *parser) operandTypes(op *Op, types []Type, at Pos) {
	if len(types) != len(op.Operands) {
		p.failAt(at, "expected %d types of operands, got %d", len(op.Operands), len(types))
	}
	for i, v := range op.Operands {
		p.sameType(v, types[i], at)
	}
}

func (p *parser) keyInt() Attr { return Int{Value: p.integer("an integer"), Type: elemOf("i64")} }

func (p *parser) keyInts() Attr { return &IntArray{Elem: elemOf("i64"), Values: p.integers()} }

// integers reads [1, 2].
func (p *parser) integers() []int64 {
	out := []int64{}
	p.list("[", "]", func() { out = append(out, p.integer("an integer")) })
	return out
}

func (p *parser) keyBool() Attr {
	switch {
	case p.accept("true"):
		return Bool(true)
	case p.accept("false"):
		return Bool(false)
	}
	p.fail("true or false")
	return nil
}

// keyNumber reads a number of a type that the text may repeat behind a colon.
func (p *parser) keyNumber(typ string) Attr {
	n := p.number()
	before := p.pos
	if p.accept(":") {
		if isElemName(p.word()) {
			before = p.pos
		}
	}
	p.pos = before
	if e := elemOf(typ); e.DType.IsFloat() {
		return n.float(p, e)
	}
	if n.kind == 'f' {
		p.failAt(p.place(n.pos), "expected an integer, got %s", n.text)
	}
	return Int{Value: int64(n.uint64(p)), Type: elemOf(typ)}
}

func (p *parser) keyPrecision() Attr {
	out := Array{}
	p.list("[", "]", func() {
		out = append(out, Enum{Name: "stablehlo.precision", Value: p.needWord("a precision")})
	})
	return out
}

func (p *parser) keyAlgorithm() Attr {
	if p.peek() == '#' {
		return p.attr()
	}
	return p.structAttr("stablehlo.dot_algorithm", p.pos)
}

// floatFormat reads e5m10.
func (p *parser) floatFormat(op *Op) {
	start := p.pos
	word := p.needWord("a format like e5m10")
	e, m, ok := strings.Cut(strings.TrimPrefix(word, "e"), "m")
	exponent, err1 := strconv.ParseInt(e, 10, 32)
	mantissa, err2 := strconv.ParseInt(m, 10, 32)
	if !ok || word[0] != 'e' || err1 != nil || err2 != nil {
		p.pos = start
		p.fail("a format like e5m10")
	}
	p.addAttr(op, "exponent_bits", Int{Value: exponent, Type: elemOf("i32")})
	p.addAttr(op, "mantissa_bits", Int{Value: mantissa, Type: elemOf("i32")})
}

// constant reads [{attributes}] literal, or the generic form without quotes that MLIR prints for quantized results.
func (p *parser) constant(op *Op, _ []head) {
	if p.peek() == '(' {
		p.generic(op)
		return
	}
	op.Attrs = p.optionalDict()
	at := p.place(p.pos)
	value := p.attr()
	p.addAttr(op, "value", value)
	switch v := value.(type) {
	case *Dense:
		op.Results = results([]Type{v.Type})
	case Int:
		op.Results = results([]Type{ScalarType{v.Type}})
	case Float:
		op.Results = results([]Type{ScalarType{v.Type}})
	default:
		p.failAt(at, "expected a literal (dense<...> : type)")
	}
}

// compare reads DIRECTION, %a, %b[, TYPE].
func (p *parser) compare(op *Op, _ []head) {
	p.addAttr(op, "comparison_direction", Enum{"stablehlo.comparison_direction", p.needWord("a direction (EQ, NE, LT, LE, GT, GE)")})
	p.expect(",")
	op.Operands = append(op.Operands, p.use())
	p.expect(",")
	op.Operands = append(op.Operands, p.use())
	if p.accept(",") {
		p.addAttr(op, "compare_type", Enum{"stablehlo.comparison_type", p.needWord("a type (FLOAT, TOTALORDER, SIGNED, UNSIGNED)")})
	}
	p.addAttrs(op, p.optionalDict())
	p.tail(op)
}

// slice reads %x [start:limit:stride, ...].
func (p *parser) slice(op *Op, _ []head) {
	op.Operands = []*Value{p.use()}
	start, limit, stride := []int64{}, []int64{}, []int64{}
	p.list("[", "]", func() {
		start = append(start, p.integer("the start of a range"))
		p.expect(":")
		limit = append(limit, p.integer("the limit of a range"))
		step := int64(1)
		if p.accept(":") {
			step = p.integer("the stride of a range")
		}
		stride = append(stride, step)
	})
	p.addAttr(op, "start_indices", &IntArray{elemOf("i64"), start})
	p.addAttr(op, "limit_indices", &IntArray{elemOf("i64"), limit})
	p.addAttr(op, "strides", &IntArray{elemOf("i64"), stride})
	p.addAttrs(op, p.optionalDict())
	p.tail(op)
}

// tupleElement reads %t[2].
func (p *parser) tupleElement(op *Op, _ []head) {
	op.Operands = []*Value{p.use()}
	p.expect("[")
	p.addAttr(op, "index", Int{Value: p.integer("an index"), Type: elemOf("i32")})
	p.expect("]")
	p.addAttrs(op, p.optionalDict())
	p.expect(":")
	p.functional(op)
}

// customCall reads @target(operands) {attributes} : type.
func (p *parser) customCall(op *Op, _ []head) {
	p.addAttr(op, "call_target_name", String(p.oneSymbol()))
	p.arguments(op)
}

// arguments reads (operands) {attributes} : type.
func (p *parser) arguments(op *Op) {
	p.list("(", ")", func() { op.Operands = append(op.Operands, p.use()) })
	p.addAttrs(op, p.optionalDict())
	p.expect(":")
	p.functional(op)
}

// call reads @f(operands) {attributes} : type.
func (p *parser) call(op *Op, _ []head) {
	p.addAttr(op, "callee", p.symbol())
	p.arguments(op)
}

// composite reads "name" operands {attributes} : type.
func (p *parser) composite(op *Op, _ []head) {
	p.addAttr(op, "name", String(p.stringLiteral("the composite's name")))
	p.items(op)
	p.addAttrs(op, p.optionalDict())
	p.tail(op)
}

// checkConst reads %x, literal[, tolerance = t].
func (p *parser) checkConst(op *Op, _ []head) {
	op.Operands = []*Value{p.use()}
	p.expect(",")
	p.skip()
	at := p.place(p.pos)
	value := p.attr()
	d, ok := value.(*Dense)
	if !ok {
		p.failAt(at, "expected a literal (dense<...> : type)")
	}
	p.sameType(op.Operands[0], d.Type, at)
	p.addAttr(op, "value", d)
	for p.accept(",") {
		if p.peek() == '%' || !p.item(op) {
			p.fail("an attribute of " + op.Name)
		}
	}
	p.addAttrs(op, p.optionalDict())
}
