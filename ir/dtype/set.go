package dtype

// Set is a set of element types, for the operand constraints of primitives.
type Set uint32

// SetOf makes a set.
func SetOf(dts ...DType) Set {
	var s Set
	for _, dt := range dts {
		s |= 1 << dt
	}
	return s
}

// Has reports whether dt is in the set.
func (s Set) Has(dt DType) bool { return s&(1<<dt) != 0 }

// List returns the members in order of their constants.
func (s Set) List() []DType {
	var out []DType
	for dt := DType(0); dt < 32; dt++ {
		if s.Has(dt) {
			out = append(out, dt)
		}
	}
	return out
}

// The sets that primitives accept.
var (
	Signed    = SetOf(Int8, Int16, Int32, Int64)
	Unsigned  = SetOf(Uint8, Uint16, Uint32, Uint64)
	Ints      = Signed | Unsigned
	Bools     = SetOf(Bool)
	Floats    = SetOf(Float16, BFloat16, Float32, Float64)
	Complexes = SetOf(Complex64, Complex128)
	Inexact   = Floats | Complexes
	Real      = Ints | Floats
	Numeric   = Real | Complexes
	Any       = Numeric | Bools
)
