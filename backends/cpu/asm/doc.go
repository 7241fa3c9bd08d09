// Package asm encodes x86-64 machine code for the embedded compiler: the scalar integer instructions, and the AVX, AVX2, FMA,
// BMI and AVX-512 (F, CD, BW, DQ, VL, VBMI, VBMI2, IFMA, VNNI, BF16) forms that a vector code generator needs.
//
// Data flow: Emit takes a mnemonic and operands, destination first as in Intel's manuals; match finds the first row of the form
// table that takes these operands; encode writes its bytes at the end of the buffer. Jumps and addresses of labels are filled in
// by Bytes, which also places the constant pool behind the code.
//
//	a := asm.New()
//	loop := a.NewLabel()
//	a.Emit(asm.XOR, asm.ECX, asm.ECX)
//	a.Bind(loop)
//	a.Emit(asm.VMOVUPS, asm.Z(0), asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: 4})
//	a.Emit(asm.VFMADD213PS, asm.Z(0), asm.Z(1), a.Float32(2).Mem().Broadcast())
//	a.Emit(asm.VMOVUPS, asm.Mem{Base: asm.RDI, Index: asm.RCX, Scale: 4}.Mask(asm.K(1)), asm.Z(0))
//	a.Emit(asm.ADD, asm.RCX, asm.Imm(16))
//	a.Emit(asm.CMP, asm.RCX, asm.RDX)
//	a.Emit(asm.JB, loop)
//	a.Emit(asm.VZEROUPPER)
//	a.Emit(asm.RET)
//	code, err := a.Bytes()
//
// The VEX encoding is taken where the operands allow it, else EVEX. A wrong combination of operands is kept as an error
// that Bytes returns; a generator need not check after each instruction.
//
// The forms are data: forms.txt has one line for each, and command gen turns it into op_gen.go and forms_gen.go.
// The package only makes bytes, so it works on every GOARCH. It imports nothing of Ranvier.
package asm

//go:generate go run ./gen
