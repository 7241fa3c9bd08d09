package syntax

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// String returns the name.
func (e Elem) String() string { return e.Name }

func (t *TensorType) String() string {
	var b strings.Builder
	b.WriteString("tensor<")
	if t.Unranked {
		b.WriteString("*x")
	}
	for _, n := range t.Shape {
		if n == Dynamic {
			b.WriteString("?x")
			continue
		}
		b.WriteString(strconv.Itoa(n))
		b.WriteByte('x')
	}
	b.WriteString(t.Elem.Name)
	if t.Encoding != nil {
		b.WriteString(", " + t.Encoding.String())
	}
	b.WriteByte('>')
	return b.String()
}

func (t ScalarType) String() string { return t.Elem.Name }
func (TokenType) String() string    { return "!stablehlo.token" }
func (t *TupleType) String() string { return "tuple<" + joinStrings(t.Elems) + ">" }
func (t RawType) String() string    { return t.Text }

// String always puts the results in parentheses.
func (t *FuncType) String() string {
	return "(" + joinStrings(t.Params) + ") -> (" + joinStrings(t.Results) + ")"
}

func joinStrings[T fmt.Stringer](list []T) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = s.String()
	}
	return strings.Join(parts, ", ")
}

func (Unit) String() string       { return "unit" }
func (a Bool) String() string     { return strconv.FormatBool(bool(a)) }
func (a TypeAttr) String() string { return a.Type.String() }
func (a Array) String() string    { return "[" + joinStrings(a) + "]" }
func (a Dict) String() string     { return "{" + Attrs(a).String() + "}" }
func (a Raw) String() string      { return string(a) }
func (a String) String() string   { return quote(string(a)) }

func (a Int) String() string {
	s := strconv.FormatInt(a.Value, 10)
	if a.Type.Name == "ui64" {
		s = strconv.FormatUint(uint64(a.Value), 10)
	}
	return s + " : " + a.Type.Name
}

func (a Float) String() string { return formatFloat(a.Value) + " : " + a.Type.Name }

// formatFloat writes what the lexer reads as a floating-point number; what is not finite has no such form and goes by its bits.
func formatFloat(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Sprintf("0x%016X", math.Float64bits(x))
	}
	s := strconv.FormatFloat(x, 'e', -1, 64)
	if !strings.Contains(s, ".") {
		s = strings.Replace(s, "e", ".0e", 1)
	}
	return s
}

func (a Symbol) String() string {
	parts := strings.Split(string(a), "::")
	for i, p := range parts {
		parts[i] = "@" + bareOrQuoted(p)
	}
	return strings.Join(parts, "::")
}

func (a *IntArray) String() string {
	if len(a.Values) == 0 {
		return "array<" + a.Elem.Name + ">"
	}
	parts := make([]string, len(a.Values))
	for i, v := range a.Values {
		if parts[i] = strconv.FormatInt(v, 10); a.Elem.Name == "i1" {
			parts[i] = strconv.FormatBool(v != 0)
		}
	}
	return "array<" + a.Elem.Name + ": " + strings.Join(parts, ", ") + ">"
}

func (a *FloatArray) String() string {
	if len(a.Values) == 0 {
		return "array<" + a.Elem.Name + ">"
	}
	parts := make([]string, len(a.Values))
	for i, v := range a.Values {
		parts[i] = formatFloat(v)
	}
	return "array<" + a.Elem.Name + ": " + strings.Join(parts, ", ") + ">"
}

func (a Enum) String() string {
	dialect, kind, _ := strings.Cut(a.Name, ".")
	if kind == "result_accuracy_mode" { // the one that stands as a value of a field
		return "#" + a.Name + "<" + a.Value + ">"
	}
	return "#" + dialect + "<" + kind + " " + a.Value + ">"
}

// String writes integers without their types, which the fields fix.
func (a *Struct) String() string {
	parts := make([]string, len(a.Fields))
	for i, f := range a.Fields {
		parts[i] = f.Name + " = " + fieldString(f.Value)
	}
	raw := ""
	if a.Name == "stablehlo.conv" {
		raw = "raw "
	}
	return "#" + a.Name + "<" + raw + strings.Join(parts, ", ") + ">"
}

func fieldString(a Attr) string {
	switch a := a.(type) {
	case Int:
		if a.Value == Dynamic {
			return "?"
		}
		return strconv.FormatInt(a.Value, 10)
	case Array:
		parts := make([]string, len(a))
		for i, e := range a {
			parts[i] = fieldString(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return a.String()
}

// String returns the attributes as a dictionary's inside.
func (as Attrs) String() string {
	parts := make([]string, len(as))
	for i, a := range as {
		parts[i] = bareOrQuoted(a.Name)
		if _, unit := a.Value.(Unit); !unit {
			parts[i] += " = " + a.Value.String()
		}
	}
	return strings.Join(parts, ", ")
}

// String writes the elements as a string of hexadecimal digits, or splats as they are.
func (a *Dense) String() string {
	if a.Value == nil {
		return "dense<" + a.Text + "> : " + a.Type.String()
	}
	return "dense<" + hexLiteral(a) + "> : " + a.Type.String()
}

func hexLiteral(a *Dense) string {
	const digits = "0123456789ABCDEF"
	bytes := a.Value.Bytes()
	if len(bytes) == 0 {
		return ""
	}
	out := make([]byte, 0, 4+2*len(bytes))
	out = append(out, `"0x`...)
	for _, c := range bytes {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(append(out, '"'))
}

func bareOrQuoted(s string) string {
	if isBare(s) {
		return s
	}
	return quote(s)
}

func isBare(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '.' || c == '$')) {
			return false
		}
	}
	return s != ""
}

// quote writes a string with the escapes of MLIR: two hexadecimal digits for what is not printable ASCII.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%02X`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
