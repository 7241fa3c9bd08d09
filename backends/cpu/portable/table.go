package portable

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// arithmeticForms returns the strips of a primitive whose operands and result have one lane type. No strips (v is nil) means that the
// reference evaluation of the row does the work.
func arithmeticForms(id ir.OpID, l lane) forms {
	switch l {
	case laneBool:
		return boolForms(id)
	case laneI32:
		return signedForms[int32, uint32](id)
	case laneI64:
		return signedForms[int64, uint64](id)
	case laneU32:
		return unsignedForms[uint32, int32](id)
	case laneU64:
		return unsignedForms[uint64, int64](id)
	case laneF32:
		return float32Forms(id)
	default:
		return float64Forms(id)
	}
}

func boolForms(id ir.OpID) forms {
	switch id {
	case op.AddID, op.MaxID, op.OrID:
		return forms{v: boolOrVV}
	case op.MulID, op.MinID, op.AndID:
		return forms{v: boolAndVV}
	case op.XorID:
		return forms{v: boolXorVV}
	case op.NotID:
		return forms{v: boolNot}
	}
	return forms{}
}

// numberForms are the strips that all numbers share.
func numberForms[T number](id ir.OpID) forms {
	switch id {
	case op.AddID:
		return forms{v: addVV[T], s2: addVS[T], swap: true}
	case op.SubID:
		return forms{v: subVV[T], s1: subSV[T], s2: subVS[T]}
	case op.MulID:
		return forms{v: mulVV[T], s2: mulVS[T], swap: true}
	case op.MaxID:
		return forms{v: maxVV[T], s2: maxVS[T], swap: true}
	case op.MinID:
		return forms{v: minVV[T], s2: minVS[T], swap: true}
	}
	return forms{}
}

// integerForms are the strips that integers of both signs share.
func integerForms[T integer](id ir.OpID) forms {
	switch id {
	case op.NegID:
		return forms{v: neg[T]}
	case op.NotID:
		return forms{v: not[T]}
	case op.AndID:
		return forms{v: andVV[T], s2: andVS[T], swap: true}
	case op.OrID:
		return forms{v: orVV[T], s2: orVS[T], swap: true}
	case op.XorID:
		return forms{v: xorVV[T], s2: xorVS[T], swap: true}
	case op.DivID:
		return forms{v: idiv[T]}
	case op.RemID:
		return forms{v: irem[T]}
	}
	return numberForms[T](id)
}

// bitForms are the strips that look at bits only: U is the unsigned type and S the signed type of the width.
func bitForms[S signed, U unsigned](id ir.OpID) forms {
	switch id {
	case op.ShlID:
		return forms{v: shlVV[U], s2: shlVS[U]}
	case op.ShrID:
		return forms{v: shrVV[U], s2: shrVS[U]}
	case op.SarID:
		return forms{v: sarVV[S, U], s2: sarVS[S, U]}
	case op.PopcntID:
		return forms{v: popcnt[U]}
	case op.ClzID:
		return forms{v: clz[U]}
	}
	return forms{}
}

func signedForms[S signed, U unsigned](id ir.OpID) forms {
	switch id {
	case op.AbsID:
		return forms{v: iabs[S]}
	case op.SignID:
		return forms{v: isign[S]}
	}
	if f := bitForms[S, U](id); f.v != nil {
		return f
	}
	return integerForms[S](id)
}

func unsignedForms[U unsigned, S signed](id ir.OpID) forms {
	if f := bitForms[S, U](id); f.v != nil {
		return f
	}
	return integerForms[U](id)
}

// floatForms are the strips that both floats share.
func floatForms[T float](id ir.OpID) forms {
	switch id {
	case op.DivID:
		return forms{v: fdivVV[T], s1: fdivSV[T], s2: fdivVS[T]}
	case op.RemID:
		return forms{v: frem[T]}
	case op.SignID:
		return forms{v: fsign[T]}
	case op.FloorID:
		return forms{v: floor[T]}
	case op.CeilID:
		return forms{v: ceil[T]}
	case op.TruncID:
		return forms{v: trunc[T]}
	case op.RoundAwayID:
		return forms{v: roundAway[T]}
	}
	return numberForms[T](id)
}

func float32Forms(id ir.OpID) forms {
	switch id {
	case op.NegID:
		return forms{v: fneg32}
	case op.AbsID:
		return forms{v: fabs32}
	case op.SqrtID:
		return forms{v: fsqrt32}
	case op.RoundEvenID:
		return forms{v: roundEven32}
	case op.NextAfterID:
		return forms{v: nextAfter32}
	case op.ScalbID:
		return forms{v: scalb32}
	case op.FMAID:
		return forms{v: fma32VVV, s2: fma32VSV, s3: fma32VVS, s23: fma32VSS, swap: true}
	}
	return floatForms[float32](id)
}

func float64Forms(id ir.OpID) forms {
	switch id {
	case op.NegID:
		return forms{v: fneg64}
	case op.AbsID:
		return forms{v: fabs64}
	case op.SqrtID:
		return forms{v: fsqrt64}
	case op.RoundEvenID:
		return forms{v: roundEven64}
	case op.NextAfterID:
		return forms{v: nextAfter64}
	case op.ScalbID:
		return forms{v: scalb64}
	case op.FMAID:
		return forms{v: fma64VVV, s2: fma64VSV, s3: fma64VVS, s23: fma64VSS, swap: true}
	}
	return floatForms[float64](id)
}

// isFiniteForms and the following have results of another lane type.
func isFiniteForms(l lane) forms {
	if l == laneF32 {
		return forms{v: isFinite32}
	}
	return forms{v: isFinite64}
}

// selectFormsOf returns the strips of Select for values of a size in bytes.
func selectFormsOf(size int) forms {
	switch size {
	case 1:
		return selectForms[uint8]()
	case 4:
		return selectForms[uint32]()
	default:
		return selectForms[uint64]()
	}
}

// copyFormsOf returns the strips that copy values of a size in bytes.
func copyFormsOf(size int) forms {
	switch size {
	case 1:
		return copyForms[uint8]()
	case 4:
		return copyForms[uint32]()
	default:
		return copyForms[uint64]()
	}
}

// convertForms returns Go's conversion between two lanes of different representation; floats to integers are not among them.
func convertForms(to, from lane) forms {
	switch from {
	case laneBool:
		return convertFrom[uint8](to)
	case laneI32:
		return convertFrom[int32](to)
	case laneU32:
		return convertFrom[uint32](to)
	case laneI64:
		return convertFrom[int64](to)
	case laneU64:
		return convertFrom[uint64](to)
	case laneF32:
		return forms{v: convert[float64, float32]}
	default:
		return forms{v: convert[float32, float64]}
	}
}

func convertFrom[S integer | uint8](to lane) forms {
	switch to {
	case laneI32, laneU32:
		return forms{v: convert[uint32, S]}
	case laneI64, laneU64:
		return forms{v: convert[uint64, S]}
	case laneF32:
		return forms{v: convert[float32, S]}
	default:
		return forms{v: convert[float64, S]}
	}
}
