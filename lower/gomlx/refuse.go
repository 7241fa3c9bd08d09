package gomlx

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

const onBits = "gomlx has no such function, and its expansion works on bits, which gomlx's backend in Go cannot cast or shift"

// refused are the rows that are never exported, with the reason. Others may be refused for their attributes.
var refused = map[ir.OpID]string{
	op.WhileID:           "gomlx has no control flow, and the number of steps is not known",
	op.PrintID:           "gomlx graphs have no effects",
	op.CheckID:           "gomlx graphs have no effects",
	op.SortID:            "gomlx has no sort",
	op.SortByID:          "gomlx has no sort",
	op.ReduceID:          "gomlx folds by sums, products, extremes and logic only",
	op.ScatterManyID:     "gomlx scatters one array by a sum or an extreme",
	op.CholeskyID:        "gomlx has no linear algebra",
	op.TriangularSolveID: "gomlx has no linear algebra",
	op.LUID:              "gomlx has no linear algebra",
	op.QRID:              "gomlx has no linear algebra",
	op.EighID:            "gomlx has no linear algebra",
	op.SVDID:             "gomlx has no linear algebra",
	op.EigID:             "gomlx has no linear algebra",
	op.FFTID:             "gomlx transforms the last axis only, and not in its backend in Go",
	op.NextAfterID:       "it is about bits, and gomlx's backend in Go has no bit casts",
	op.BitcastID:         "gomlx's backend in Go has no bit casts",
	op.PackBitsID:        "gomlx's backend in Go has no shifts",
	op.Threefry2x32ID:    "gomlx's backend in Go has no shifts",
	op.ShlID:             "gomlx's backend in Go has no shifts",
	op.ShrID:             "gomlx's backend in Go has no shifts",
	op.SarID:             "gomlx's backend in Go has no shifts",
	op.EventProcID:       "its random numbers need shifts",
	op.ProcGatherID:      "its random numbers need shifts",
	op.ProcOuterID:       "its random numbers need shifts",
	op.ScalbID:           "it is about bits, and gomlx's backend in Go has no bit casts",
	op.LogbID:            "it is about bits, and gomlx's backend in Go has no bit casts",
	op.SignificandID:     "it is about bits, and gomlx's backend in Go has no bit casts",
	op.ComplexID:         "gomlx's backend in Go has no complex numbers",
	op.RealID:            "gomlx's backend in Go has no complex numbers",
	op.ImagID:            "gomlx's backend in Go has no complex numbers",
	op.ConjID:            "gomlx's backend in Go has no complex numbers",
	op.CbrtID:            onBits,
	op.AsinID:            onBits,
	op.AcosID:            onBits,
	op.AtanID:            onBits,
	op.SinhID:            onBits,
	op.CoshID:            onBits,
	op.AsinhID:           onBits,
	op.AcoshID:           onBits,
	op.AtanhID:           onBits,
	op.ErfcID:            onBits,
	op.ErfInvID:          onBits,
	op.LgammaID:          onBits,
	op.DigammaID:         onBits,
	op.BesselI0eID:       onBits,
	op.BesselI1eID:       onBits,
	op.Atan2ID:           onBits,
	op.PolygammaID:       onBits,
	op.ZetaID:            onBits,
}

// Refused returns why a row is never exported, or "".
func Refused(id ir.OpID) string { return refused[id] }
