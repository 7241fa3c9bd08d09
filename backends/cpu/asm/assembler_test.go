package asm

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func code(t *testing.T, a *Assembler) string {
	t.Helper()
	b, err := a.Bytes()
	require.NoError(t, err)
	return hex.EncodeToString(b)
}

func TestJumps(t *testing.T) {
	a := New()
	end := a.NewLabel()
	loop := a.Here()
	a.Emit(DEC, RCX)
	a.Jump(JE, end) // forward: the distance is not known yet, so the 32-bit form
	a.Jump(JMP, loop)
	a.Bind(end)
	a.Emit(RET)
	require.Equal(t, "48ffc9"+"0f8402000000"+"ebf5"+"c3", code(t, a))
	require.Equal(t, 11, a.Offset(end))

	for _, far := range []struct {
		nops int
		want string
	}{{126, "eb80"}, {127, "e97cffffff"}} { // the edge of the two-byte form
		a = New()
		loop = a.Here()
		for range far.nops {
			a.Emit(NOP)
		}
		a.Emit(JMP, loop)
		require.Equal(t, far.want, code(t, a)[2*far.nops:])
	}
}

func TestConstants(t *testing.T) {
	a := New()
	one := a.Float32(1)
	a.Emit(VADDPS, Z(0), Z(1), one.Mem().Broadcast())
	a.Emit(VADDSS, X(0), X(0), a.Float32(1).Mem())
	a.Emit(VMOVUPS, Y(2), a.Const(make([]byte, 32), 32).Mem().Offset(16))
	a.Emit(VPCMPD, K(1), Z(1), one.Mem(), Imm(3)) // a byte follows the distance
	a.Emit(RET)
	want := "62f174585805" + "56000000" + "c5fa5805" + "4e000000" + "c5fc1015" + "36000000" + "62f375481f0d" + "3b000000" + "03" + "c3"
	require.Equal(t, want, code(t, a)[:len(want)])
	b, err := a.Bytes()
	require.NoError(t, err)
	require.Len(t, b, 96+4, "code, padding to 32, 32 bytes, 4 bytes")
	require.Equal(t, []byte{0, 0, 0x80, 0x3f}, b[96:])
	again, err := a.Bytes()
	require.NoError(t, err)
	require.Equal(t, b, again)
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		want string
		op   Op
		args []Arg
	}{
		{"asm: vaddps zmm0, ymm1, zmm2: no form for these operands; want xmm, xmm, xmm/m128/b32 or ymm, ymm, ymm/m256/b32 or zmm, zmm, zmm/m512/b32", VADDPS, []Arg{Z(0), Y(1), Z(2)}},
		{"asm: vpcmpeqd ymm17, ymm1, ymm2: registers above 15, masks, broadcasts and rounding need an AVX-512 form", VPCMPEQD, []Arg{Y(17), Y(1), Y(2)}},
		{"asm: mov [rax], 1: the memory operand must say its size", MOV, []Arg{Mem{Base: RAX}, Imm(1)}},
		{"asm: vcvtpd2ps xmm1, [rax]: the memory operand must say its size", VCVTPD2PS, []Arg{X(1), Mem{Base: RAX}}},
		{"asm: vaddps (badreg(7:32): no such register), zmm1, zmm2: operand 1: no such register", VADDPS, []Arg{Z(32), Z(1), Z(2)}},
		{"asm: vmovups zmm1, (rax: rsp cannot be an index): operand 2: rsp cannot be an index", VMOVUPS, []Arg{Z(1), Mem{Base: RAX, Index: RSP}}},
		{"asm: vgatherdps zmm1, [rax+zmm2*4]: this form needs a mask", VGATHERDPS, []Arg{Z(1), Mem{Base: RAX, Index: Z(2), Scale: 4}}},
		{"asm: vgatherdps ymm1, [rax+ymm2*4], ymm2: destination, index and mask of a gather must be different registers", VGATHERDPS, []Arg{Y(1), Mem{Base: RAX, Index: Y(2), Scale: 4}, Y(2)}},
		{"asm: vmovups [rax]{k1}{z}, zmm1: zeroing needs a mask, a register destination and a form that has it", VMOVUPS, []Arg{Mem{Base: RAX}.Mask(K(1)).Zero(), Z(1)}},
		{"asm: vaddps ymm1, ymm2, ymm3, {rn-sae}: rounding needs 512-bit or scalar operands", VADDPS, []Arg{Y(1), Y(2), Y(3), RoundNearest}},
		{"asm: jmp L9: no such label", JMP, []Arg{Label(9)}},
		{"asm: add: more than four operands", ADD, []Arg{RAX, RAX, RAX, RAX, RAX}},
		{"asm: badop: no such instruction", Op(0), nil},
		{"asm: ret rax: no form for these operands; want no operands", RET, []Arg{RAX}},
	} {
		a := New()
		a.Emit(c.op, c.args...)
		_, err := a.Bytes()
		require.EqualError(t, err, c.want)
	}
	a := New()
	a.Jump(JMP, a.NewLabel())
	_, err := a.Bytes()
	require.EqualError(t, err, "asm: L1 is used at offset 1 but never bound")
}

func TestLimitAVX2(t *testing.T) {
	for want, emit := range map[string]func(a *Assembler){
		"": func(a *Assembler) { a.Emit(VADDPS, Y(1), Y(2), Y(15)); a.Emit(SHLX, RAX, RBX, RCX) },
		"asm: vaddps ymm16, ymm1, ymm2: needs AVX-512": func(a *Assembler) { a.Emit(VADDPS, Y(16), Y(1), Y(2)) },
		"asm: vpandd xmm0, xmm1, xmm2: needs AVX-512":  func(a *Assembler) { a.Emit(VPANDD, X(0), X(1), X(2)) },
		"asm: kmovq k1, rax: needs AVX-512":            func(a *Assembler) { a.Emit(KMOVQ, K(1), RAX) },
	} {
		a := New()
		a.LimitAVX2()
		emit(a)
		if want == "" {
			require.NoError(t, a.Err())
		} else {
			require.EqualError(t, a.Err(), want)
		}
	}
}

func TestRewind(t *testing.T) {
	a := New()
	a.KeepListing()
	end := a.NewLabel()
	a.Jump(JMP, end)
	m := a.Mark()
	a.Jump(JNE, end)
	a.Emit(VADDPS, Z(0), Z(1), a.Float32(1).Mem().Broadcast())
	a.Emit(RET, RAX)
	require.Error(t, a.Err())
	a.Rewind(m)
	a.Bind(end)
	a.Emit(RET)
	require.Equal(t, "e900000000"+"c3", code(t, a)[:12])
	require.NotContains(t, a.Listing(), "vaddps")
}

func TestListing(t *testing.T) {
	a := New()
	a.KeepListing()
	loop := a.Here()
	a.Comment("double it")
	a.Emit(VADDPS, Z(1).Mask(K(2)).Zero(), Z(1), Mem{Base: RAX, Disp: 64}.Broadcast())
	a.Align(8)
	a.Emit(VMULPS, X(1), X(1), a.Float32(2).Mem())
	a.Jump(JMP, loop)
	require.Equal(t, strings.TrimPrefix(`
L1:
     0  62f174da584810            vaddps zmm1{k2}{z}, zmm1, dword ptr [rax+64]{1to16} ; double it
     7  90                        .byte
     8  c5f0590d04000000          vmulps xmm1, xmm1, xmmword ptr [rip+L2]
    10  ebee                      jmp L1
L2:
    14  00000040                  .byte
`, "\n"), a.Listing())
}

func TestCommutes(t *testing.T) {
	require.True(t, VADDPS.Commutes())
	require.True(t, VPXORD.Commutes())
	require.False(t, VSUBPS.Commutes())
	require.False(t, VPANDN.Commutes())
}

// TestDecorations goes through the exported ways to say masks, rounding and addresses; the bytes are from GNU as.
func TestDecorations(t *testing.T) {
	for _, c := range []struct {
		want string
		emit func(a *Assembler)
	}{
		{"62f1743858c2", func(a *Assembler) { a.Emit(VADDPS, Z(0), Z(1), Z(2), RoundDown) }},
		{"62f1747858c2", func(a *Assembler) {
			a.EmitOperands(VADDPS, Z(0).Operand(), Z(1).Operand(), Z(2).Operand(), RoundZero.Operand())
		}},
		{"62f37d1808c105", func(a *Assembler) { a.Emit(VRNDSCALEPS, Z(0), Z(1), SuppressAll, Imm(5)) }},
		{"62f174ca58c2", func(a *Assembler) { a.Emit(VADDPS, Z(0).Mask(K(2)).Zero(), Z(1), Z(2)) }},
		{"62f27d4a8a4f01", func(a *Assembler) { a.Emit(VCOMPRESSPS, Mem{Base: RDI, Disp: 4}.Mask(K(2)), Z(1)) }},
		{"62b27d419244b204", func(a *Assembler) {
			a.Emit(VGATHERDPS, Z(0).Mask(K(1)), Mem{Base: RDX, Index: Z(30), Scale: 4, Disp: 16})
		}},
		{"c4e2e5924cd110", func(a *Assembler) { a.Emit(VGATHERDPD, Y(1), Mem{Base: RCX, Index: X(2), Scale: 8, Disp: 16}, Y(3)) }},
		{"62f27d41a24ca710", func(a *Assembler) {
			a.Emit(VSCATTERDPS, Mem{Base: RDI, Index: Z(20), Scale: 4, Disp: 64}.Mask(K(1)), Z(1))
		}},
		{"f0480fb10f", func(a *Assembler) { a.Emit(LOCKCMPXCHG, Mem{Base: RDI}, RCX) }},
		{"62f1fd385a08", func(a *Assembler) { a.Emit(VCVTPD2PS, X(1), Mem{Base: RAX}.Sized(32).Broadcast()) }},
		{"43c6042c07", func(a *Assembler) { a.Emit(MOV, Mem{Base: R12, Index: R13}.Sized(1), Imm(7)) }},
	} {
		a := New()
		c.emit(a)
		require.Equal(t, c.want, code(t, a))
	}
}

func TestEmitAllocatesNothing(t *testing.T) {
	a := New()
	m := Mem{Base: RAX, Index: RCX, Scale: 4}
	one := func() {
		a.Reset()
		l := a.Here()
		for i := range 16 {
			a.Emit(VFMADD231PS, Z(i), Z(i+1), m.Offset(64*i))
			a.Emit(ADD, RAX, Imm(i))
			a.EmitOperands(VMOVUPS, m.Operand(), Z(i).Operand())
		}
		a.Jump(JNE, l)
	}
	one()
	require.Zero(t, testing.AllocsPerRun(100, one))
	require.NoError(t, a.Err())
}

func BenchmarkEmit(b *testing.B) {
	a := New()
	for b.Loop() {
		a.Reset()
		for i := range 8 {
			a.Emit(VFMADD231PS, Z(i), Z(i+1), Mem{Base: RAX, Index: RCX, Scale: 4, Disp: int32(64 * i)})
			a.Emit(VADDPS, Y(i), Y(i+1), Y(3))
			a.Emit(ADD, RAX, Imm(i))
			a.Emit(MOV, RCX, Mem{Base: RSI})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/32, "ns/inst")
}
