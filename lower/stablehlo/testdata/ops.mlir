// Self-checking modules for operations that the suite of OpenXLA tests little or not at all. The expected values are those of XLA on a CPU
// (jaxlib 0.10.2); those of integer division, on which XLA traps when it folds constants, are the definition's.
// if: the branch for true comes first, and reads from around it
func.func @main() {
  %x = stablehlo.constant dense<[1.5, -2.0]> : tensor<2xf32>
  %true = stablehlo.constant dense<true> : tensor<i1>
  %false = stablehlo.constant dense<false> : tensor<i1>
  %0 = "stablehlo.if"(%true) ({
    %a = stablehlo.add %x, %x : tensor<2xf32>
    stablehlo.return %a : tensor<2xf32>
  }, {
    %b = stablehlo.negate %x : tensor<2xf32>
    stablehlo.return %b : tensor<2xf32>
  }) : (tensor<i1>) -> tensor<2xf32>
  %1 = "stablehlo.if"(%false) ({
    %a = stablehlo.add %0, %x : tensor<2xf32>
    stablehlo.return %a : tensor<2xf32>
  }, {
    stablehlo.return %0 : tensor<2xf32>
  }) : (tensor<i1>) -> tensor<2xf32>
  "check.expect_almost_eq_const"(%0) {value = dense<[3.0e+00, -4.0e+00]> : tensor<2xf32>, tolerance = 1.0e-5 : f64} : (tensor<2xf32>) -> ()
  "check.expect_almost_eq_const"(%1) {value = dense<[3.0e+00, -4.0e+00]> : tensor<2xf32>, tolerance = 1.0e-5 : f64} : (tensor<2xf32>) -> ()
  return
}
// -----
// case: an index out of range takes the last branch
func.func @main() {
  %m = stablehlo.constant dense<-1> : tensor<i32>
  %z = stablehlo.constant dense<0> : tensor<i32>
  %o = stablehlo.constant dense<1> : tensor<i32>
  %n = stablehlo.constant dense<9> : tensor<i32>
  %0 = "stablehlo.case"(%m) ({ stablehlo.return %z : tensor<i32> }, { stablehlo.return %o : tensor<i32> }, { stablehlo.return %n : tensor<i32> }) : (tensor<i32>) -> tensor<i32>
  %1 = "stablehlo.case"(%z) ({ stablehlo.return %z : tensor<i32> }, { stablehlo.return %o : tensor<i32> }, { stablehlo.return %n : tensor<i32> }) : (tensor<i32>) -> tensor<i32>
  %2 = "stablehlo.case"(%o) ({ stablehlo.return %z : tensor<i32> }, { stablehlo.return %o : tensor<i32> }, { stablehlo.return %n : tensor<i32> }) : (tensor<i32>) -> tensor<i32>
  %3 = "stablehlo.case"(%n) ({ stablehlo.return %z : tensor<i32> }, { stablehlo.return %o : tensor<i32> }, { stablehlo.return %n : tensor<i32> }) : (tensor<i32>) -> tensor<i32>
  check.expect_eq_const %0, dense<9> : tensor<i32>
  check.expect_eq_const %1, dense<0> : tensor<i32>
  check.expect_eq_const %2, dense<1> : tensor<i32>
  check.expect_eq_const %3, dense<9> : tensor<i32>
  return
}
// -----
// logistic
func.func @main() {
  %x = stablehlo.constant dense<[-100.0, -1.0, 0.0, 0.5, 100.0]> : tensor<5xf32>
  %z = stablehlo.constant dense<[(0.5, -1.0), (-2.0, 0.25)]> : tensor<2xcomplex<f32>>
  %0 = stablehlo.logistic %x : tensor<5xf32>
  %1 = stablehlo.logistic %z : tensor<2xcomplex<f32>>
  "check.expect_almost_eq_const"(%0) {value = dense<[3.8e-44, 2.6894143e-01, 5.0e-01, 6.2245935e-01, 1.0e+00]> : tensor<5xf32>, tolerance = 1.0e-5 : f64} : (tensor<5xf32>) -> ()
  "check.expect_almost_eq_const"(%1) {value = dense<[(6.5621036e-01,-2.5225034e-01), (1.1670074e-01,2.6146512e-02)]> : tensor<2xcomplex<f32>>, tolerance = 1.0e-5 : f64} : (tensor<2xcomplex<f32>>) -> ()
  return
}
// -----
// map: constants inside, a comparison, and operands of two types
func.func @main() {
  %x = stablehlo.constant dense<[[1.0, -2.0], [3.0, -4.0]]> : tensor<2x2xf32>
  %i = stablehlo.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %0 = "stablehlo.map"(%x, %i) ({
  ^bb0(%a: tensor<f32>, %b: tensor<i32>):
    %c = stablehlo.convert %b : (tensor<i32>) -> tensor<f32>
    %k = stablehlo.constant dense<0.5> : tensor<f32>
    %d = stablehlo.multiply %c, %k : tensor<f32>
    %p = stablehlo.compare GT, %a, %d : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %e = stablehlo.select %p, %a, %d : tensor<i1>, tensor<f32>
    stablehlo.return %e : tensor<f32>
  }) {dimensions = array<i64: 0, 1>} : (tensor<2x2xf32>, tensor<2x2xi32>) -> tensor<2x2xf32>
  "check.expect_almost_eq_const"(%0) {value = dense<[[1.0e+00, 1.0e+00], [3.0e+00, 2.0e+00]]> : tensor<2x2xf32>, tolerance = 1.0e-5 : f64} : (tensor<2x2xf32>) -> ()
  return
}
// -----
// batch_norm: features in the middle
func.func @main() {
  %x = stablehlo.constant dense<[[[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]], [[-2.0, 4.0], [1.0, 1.5], [2.0, -3.0]]]> : tensor<2x3x2xf32>
  %g = stablehlo.constant dense<[[[0.1, -0.2], [0.3, 0.4], [1.0, -1.0]], [[0.7, 0.2], [-0.5, 0.6], [0.9, 0.8]]]> : tensor<2x3x2xf32>
  %scale = stablehlo.constant dense<[1.0, 2.0, -0.5]> : tensor<3xf32>
  %offset = stablehlo.constant dense<[0.0, 1.0, 3.0]> : tensor<3xf32>
  %mean = stablehlo.constant dense<[1.0, 1.25, 0.0]> : tensor<3xf32>
  %variance = stablehlo.constant dense<[4.0, 2.0, 3.5]> : tensor<3xf32>
  %0:3 = "stablehlo.batch_norm_training"(%x, %scale, %offset) {epsilon = 0.001 : f32, feature_index = 1 : i64} : (tensor<2x3x2xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3x2xf32>, tensor<3xf32>, tensor<3xf32>)
  %1 = "stablehlo.batch_norm_inference"(%x, %scale, %offset, %mean, %variance) {epsilon = 0.001 : f32, feature_index = 1 : i64} : (tensor<2x3x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x2xf32>
  %2:3 = "stablehlo.batch_norm_grad"(%x, %scale, %mean, %variance, %g) {epsilon = 0.001 : f32, feature_index = 1 : i64} : (tensor<2x3x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x2xf32>) -> (tensor<2x3x2xf32>, tensor<3xf32>, tensor<3xf32>)
  "check.expect_almost_eq_const"(%0#0) {value = dense<[[[-1.1545774e-01, 3.4637323e-01], [3.6204722e+00, -1.9698684e+00], [2.845765e+00, 2.914314e+00]], [[-1.5009507e+00, 1.2700351e+00], [8.253019e-01, 1.5240945e+00], [2.4344723e+00, 3.8054485e+00]]]> : tensor<2x3x2xf32>, tolerance = 1.0e-5 : f64} : (tensor<2x3x2xf32>) -> ()
  "check.expect_almost_eq_const"(%0#1) {value = dense<[1.25e+00, 1.125e+00, -6.25e-02]> : tensor<3xf32>, tolerance = 1.0e-5 : f64} : (tensor<3xf32>) -> ()
  "check.expect_almost_eq_const"(%0#2) {value = dense<[4.6875e+00, 2.046875e+00, 3.3242188e+00]> : tensor<3xf32>, tolerance = 1.0e-5 : f64} : (tensor<3xf32>) -> ()
  "check.expect_almost_eq_const"(%1) {value = dense<[[[0.0e+00, 4.9993753e-01], [3.474255e+00, -2.1811855e+00], [2.8663886e+00, 2.9331942e+00]], [[-1.4998126e+00, 1.4998126e+00], [6.465349e-01, 1.353465e+00], [2.4655538e+00, 3.8016691e+00]]]> : tensor<2x3x2xf32>, tolerance = 1.0e-5 : f64} : (tensor<2x3x2xf32>) -> ()
  "check.expect_almost_eq_const"(%2#0) {value = dense<[[[-4.9993753e-02, -1.4686993e-01], [1.7229874e-01, 2.4302706e-01], [-1.569926e-01, 3.791232e-01]], [[9.065351e-02, 1.5931526e-01], [-9.9411833e-01, 5.699602e-01], [-1.402883e-01, -8.017265e-02]]]> : tensor<2x3x2xf32>, tolerance = 1.0e-5 : f64} : (tensor<2x3x2xf32>) -> ()
  "check.expect_almost_eq_const"(%2#1) {value = dense<[-8.4989375e-01, -7.069301e-02, -1.8705624e-01]> : tensor<3xf32>, tolerance = 1.0e-5 : f64} : (tensor<3xf32>) -> ()
  "check.expect_almost_eq_const"(%2#2) {value = dense<[8.0e-01, 8.000001e-01, 1.7e+00]> : tensor<3xf32>, tolerance = 1.0e-5 : f64} : (tensor<3xf32>) -> ()
  return
}
// -----
// rng_bit_generator: even and odd extents, scalars, three widths
func.func @main() {
  %s = stablehlo.constant dense<[72623859790382856, 41]> : tensor<2xui64>
  %s0, %0 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<5xui32>)
  %s1, %1 = stablehlo.rng_bit_generator %s0, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3x4xui32>)
  %s2, %2 = stablehlo.rng_bit_generator %s1, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3x5xui32>)
  %s3, %3 = stablehlo.rng_bit_generator %s2, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<ui32>)
  %s4, %4 = stablehlo.rng_bit_generator %s3, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<2x3xui64>)
  %s5, %5 = stablehlo.rng_bit_generator %s4, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui32>)
  %s6, %6 = stablehlo.rng_bit_generator %s5, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<0xui32>)
  %low = stablehlo.constant dense<0x007FFFFF> : tensor<3xui32>
  %one = stablehlo.constant dense<0x3F800000> : tensor<3xui32>
  %m = stablehlo.and %5, %low : tensor<3xui32>
  %o = stablehlo.or %m, %one : tensor<3xui32>
  %f = stablehlo.bitcast_convert %o : (tensor<3xui32>) -> tensor<3xf32>
  check.expect_eq_const %s6, dense<[72623859790382856, 68]> : tensor<2xui64>
  check.expect_eq_const %0, dense<[264481941, 3080562495, 1441688901, 2146278792, 2158436937]> : tensor<5xui32>
  check.expect_eq_const %1, dense<[[1841667414, 1166123100, 1183594088, 2927241879], [4088847721, 302699505, 276316484, 838738645], [2902225681, 3706755923, 253642709, 3012875837]]> : tensor<3x4xui32>
  check.expect_eq_const %2, dense<[[524518783, 1773127074, 454918881, 3573189448, 3792486085], [2705447464, 2422303763, 2289152183, 4140976544, 3146959432], [284531558, 1103012215, 3166340542, 1887957647, 2326773657]]> : tensor<3x5xui32>
  check.expect_eq_const %3, dense<4249374222> : tensor<ui32>
  check.expect_eq_const %4, dense<[[18215045612493890139, 13727404338359012137, 17635482018650391094], [17151203562355380119, 3351359292950131414, 6857487649025710898]]> : tensor<2x3xui64>
  "check.expect_almost_eq_const"(%f) {value = dense<[1.9561203e+00, 1.7636219e+00, 1.3979119e+00]> : tensor<3xf32>, tolerance = 1.0e-5 : f64} : (tensor<3xf32>) -> ()
  check.expect_eq_const %6, dense<[]> : tensor<0xui32>
  return
}
// -----
// cholesky and triangular_solve
func.func @main() {
  %a = stablehlo.constant dense<[[4.0, 2.0, 0.6], [2.0, 5.0, 1.5], [0.6, 1.5, 3.0]]> : tensor<3x3xf32>
  %b = stablehlo.constant dense<[[1.0, -1.0], [2.0, 0.5], [3.0, 0.25]]> : tensor<3x2xf32>
  %l = "stablehlo.cholesky"(%a) {lower = true} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  %i = stablehlo.iota dim = 0 : tensor<3x3xi32>
  %j = stablehlo.iota dim = 1 : tensor<3x3xi32>
  %m = stablehlo.compare GE, %i, %j : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
  %z = stablehlo.constant dense<0.0> : tensor<3x3xf32>
  %c = stablehlo.select %m, %l, %z : tensor<3x3xi1>, tensor<3x3xf32>
  %y = "stablehlo.triangular_solve"(%c, %b) {left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %x = "stablehlo.triangular_solve"(%c, %y) {left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose TRANSPOSE>} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  "check.expect_almost_eq_const"(%c) {value = dense<[[2.0e+00, 0.0e+00, 0.0e+00], [1.0e+00, 2.0e+00, 0.0e+00], [3.0e-01, 6.0e-01, 1.5968719e+00]]> : tensor<3x3xf32>, tolerance = 1.0e-5 : f64} : (tensor<3x3xf32>) -> ()
  "check.expect_almost_eq_const"(%y) {value = dense<[[5.0e-01, -5.0e-01], [7.5e-01, 5.0e-01], [1.5029384e+00, 6.262243e-02]]> : tensor<3x2xf32>, tolerance = 1.0e-5 : f64} : (tensor<3x2xf32>) -> ()
  "check.expect_almost_eq_const"(%x) {value = dense<[[6.25e-02, -3.75e-01], [9.2647e-02, 2.382353e-01], [9.411766e-01, 3.9215688e-02]]> : tensor<3x2xf32>, tolerance = 1.0e-5 : f64} : (tensor<3x2xf32>) -> ()
  return
}
// -----
// while: constants from around both regions, one loop in another
func.func @main() {
  %n = stablehlo.constant dense<5> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %w = stablehlo.constant dense<[0.5, -0.25]> : tensor<2xf32>
  %x = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %limit = stablehlo.add %n, %one : tensor<i32>
  %step = stablehlo.multiply %w, %w : tensor<2xf32>
  %0:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<2xf32>
  cond {
    %c = stablehlo.compare LT, %i, %limit : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %1:2 = stablehlo.while(%j = %zero, %u = %v) : tensor<i32>, tensor<2xf32>
    cond {
      %c = stablehlo.compare LT, %j, %i : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %a = stablehlo.add %u, %step : tensor<2xf32>
      %b = stablehlo.multiply %a, %w : tensor<2xf32>
      %k = stablehlo.add %j, %one : tensor<i32>
      stablehlo.return %k, %b : tensor<i32>, tensor<2xf32>
    }
    %k = stablehlo.add %i, %one : tensor<i32>
    %b = stablehlo.add %1#1, %x : tensor<2xf32>
    stablehlo.return %k, %b : tensor<i32>, tensor<2xf32>
  }
  check.expect_eq_const %0#0, dense<6> : tensor<i32>
  "check.expect_almost_eq_const"(%0#1) {value = dense<[1.2835617e+00, 1.9855393e+00]> : tensor<2xf32>, tolerance = 1.0e-5 : f64} : (tensor<2xf32>) -> ()
  return
}
// -----
// sort: by the second operand descending, then the first; a comparator that is no comparison of keys
func.func @main() {
  %a = stablehlo.constant dense<[5, 3, 1, 4, 2, 0]> : tensor<6xi32>
  %b = stablehlo.constant dense<[1.0, 2.0, 1.0, 2.0, 0.0, 1.0]> : tensor<6xf32>
  %0:2 = "stablehlo.sort"(%a, %b) ({
  ^bb0(%x: tensor<i32>, %y: tensor<i32>, %u: tensor<f32>, %v: tensor<f32>):
    %gt = stablehlo.compare GT, %u, %v, TOTALORDER : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %eq = stablehlo.compare EQ, %u, %v, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %lt = stablehlo.compare LT, %x, %y, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %and = stablehlo.and %eq, %lt : tensor<i1>
    %or = stablehlo.or %gt, %and : tensor<i1>
    stablehlo.return %or : tensor<i1>
  }) {dimension = 0 : i64, is_stable = true} : (tensor<6xi32>, tensor<6xf32>) -> (tensor<6xi32>, tensor<6xf32>)
  %1 = "stablehlo.sort"(%a) ({
  ^bb0(%x: tensor<i32>, %y: tensor<i32>):
    %two = stablehlo.constant dense<2> : tensor<i32>
    %p = stablehlo.remainder %x, %two : tensor<i32>
    %q = stablehlo.remainder %y, %two : tensor<i32>
    %lt = stablehlo.compare LT, %p, %q : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %lt : tensor<i1>
  }) {dimension = -1 : i64, is_stable = true} : (tensor<6xi32>) -> tensor<6xi32>
  check.expect_eq_const %0#0, dense<[3, 4, 0, 1, 5, 2]> : tensor<6xi32>
  "check.expect_almost_eq_const"(%0#1) {value = dense<[2.0e+00, 2.0e+00, 1.0e+00, 1.0e+00, 1.0e+00, 0.0e+00]> : tensor<6xf32>, tolerance = 1.0e-5 : f64} : (tensor<6xf32>) -> ()
  check.expect_eq_const %1, dense<[4, 2, 0, 5, 3, 1]> : tensor<6xi32>
  return
}
// -----
// reduce: an accumulator that is wider than the operand, two operands, no dimensions
func.func @main() {
  %x = stablehlo.constant dense<[[100, 100, 100], [-100, -100, 27]]> : tensor<2x3xi8>
  %f = stablehlo.constant dense<[2.0, 7.0, -1.0]> : tensor<3xf32>
  %i = stablehlo.constant dense<[0, 1, 2]> : tensor<3xi32>
  %z8 = stablehlo.constant dense<0> : tensor<i8>
  %z = stablehlo.constant dense<0> : tensor<i32>
  %inf = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %w = stablehlo.convert %x : (tensor<2x3xi8>) -> tensor<2x3xi32>
  %0 = stablehlo.reduce(%w init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xi32>, tensor<i32>) -> tensor<2xi32>
  %1:2 = stablehlo.reduce(%f init: %inf), (%i init: %z) across dimensions = [0] : (tensor<3xf32>, tensor<3xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)
   reducer(%a: tensor<f32>, %b: tensor<f32>) (%c: tensor<i32>, %d: tensor<i32>) {
    %p = stablehlo.compare GE, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %v = stablehlo.select %p, %a, %b : tensor<i1>, tensor<f32>
    %k = stablehlo.select %p, %c, %d : tensor<i1>, tensor<i32>
    stablehlo.return %v, %k : tensor<f32>, tensor<i32>
  }
  %fz = stablehlo.constant dense<0.0> : tensor<f32>
  %2 = stablehlo.reduce(%f init: %fz) applies stablehlo.add across dimensions = [] : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  check.expect_eq_const %0, dense<[300, -173]> : tensor<2xi32>
  "check.expect_almost_eq_const"(%1#0) {value = dense<7.0e+00> : tensor<f32>, tolerance = 1.0e-5 : f64} : (tensor<f32>) -> ()
  check.expect_eq_const %1#1, dense<1> : tensor<i32>
  "check.expect_almost_eq_const"(%2) {value = dense<[2.0e+00, 7.0e+00, -1.0e+00]> : tensor<3xf32>, tolerance = 1.0e-5 : f64} : (tensor<3xf32>) -> ()
  return
}
// -----
// reduce_precision: overflow, underflow, ties, NaN
func.func @main() {
  %x = stablehlo.constant dense<[1.0, 65520.0, 1.0e-8, 2049.0, 2051.0, 0x7F800001, -3.0e38, 6.0e-5]> : tensor<8xf32>
  %d = stablehlo.constant dense<[3.141592653589793, 1.0e300, -1.0e-300]> : tensor<3xf64>
  %0 = stablehlo.reduce_precision %x, format = e5m10 : tensor<8xf32>
  %1 = stablehlo.reduce_precision %x, format = e8m3 : tensor<8xf32>
  %2 = stablehlo.reduce_precision %d, format = e8m23 : tensor<3xf64>
  "check.expect_almost_eq_const"(%0) {value = dense<[1.0e+00, 0x7F800000, 0.0e+00, 2.048e+03, 2.052e+03, 0x7FC00001, 0xFF800000, 0.0e+00]> : tensor<8xf32>, tolerance = 1.0e-5 : f64} : (tensor<8xf32>) -> ()
  "check.expect_almost_eq_const"(%1) {value = dense<[1.0e+00, 6.5536e+04, 1.0244548e-08, 2.048e+03, 2.048e+03, 0x7FC00001, -2.9774707e+38, 6.1035156e-05]> : tensor<8xf32>, tolerance = 1.0e-5 : f64} : (tensor<8xf32>) -> ()
  "check.expect_almost_eq_const"(%2) {value = dense<[3.1415927410125732e+00, 0x7FF0000000000000, -0.0e+00]> : tensor<3xf64>, tolerance = 1.0e-5 : f64} : (tensor<3xf64>) -> ()
  return
}
// -----
// scatter: a window that lies partly outside is dropped as a whole, a gather's is moved inside
func.func @main() {
  %x = stablehlo.constant dense<[1, 2, 3, 4, 5]> : tensor<5xi32>
  %i = stablehlo.constant dense<[[3], [1]]> : tensor<2x1xi32>
  %u = stablehlo.constant dense<[[10, 20, 30], [100, 200, 300]]> : tensor<2x3xi32>
  %0 = "stablehlo.scatter"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %c = stablehlo.add %a, %b : tensor<i32>
    stablehlo.return %c : tensor<i32>
  }) : (tensor<5xi32>, tensor<2x1xi32>, tensor<2x3xi32>) -> tensor<5xi32>
  %1 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 3>}> : (tensor<5xi32>, tensor<2x1xi32>) -> tensor<2x3xi32>
  check.expect_eq_const %0, dense<[1, 102, 203, 304, 5]> : tensor<5xi32>
  check.expect_eq_const %1, dense<[[3, 4, 5], [2, 3, 4]]> : tensor<2x3xi32>
  return
}
// -----
// select_and_scatter: overlapping windows, padding
func.func @main() {
  %x = stablehlo.constant dense<[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 9.0, 1.0], [0.0, 2.0, 7.0, 8.0], [6.0, 1.0, 3.0, 2.0]]> : tensor<4x4xf32>
  %s = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %z = stablehlo.constant dense<0.5> : tensor<f32>
  %0 = "stablehlo.select_and_scatter"(%x, %s, %z) ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %p = stablehlo.compare GE, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  }, {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %c = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %c : tensor<f32>
  }) {window_dimensions = array<i64: 2, 3>, window_strides = array<i64: 1, 2>, padding = dense<[[0, 0], [1, 2]]> : tensor<2x2xi64>} : (tensor<4x4xf32>, tensor<3x3xf32>, tensor<f32>) -> tensor<4x4xf32>
  "check.expect_almost_eq_const"(%0) {value = dense<[[5.0e-01, 1.5e+00, 5.0e-01, 5.0e-01], [5.0e-01, 4.5e+00, 7.5e+00, 3.5e+00], [5.0e-01, 5.0e-01, 5.0e-01, 2.35e+01], [7.5e+00, 5.0e-01, 5.0e-01, 5.0e-01]]> : tensor<4x4xf32>, tolerance = 1.0e-5 : f64} : (tensor<4x4xf32>) -> ()
  return
}
// -----
// integer division and remainder by zero, and of the smallest number by -1
func.func @main() {
  %x = stablehlo.constant dense<[7, -7, -2147483648, 0]> : tensor<4xi32>
  %y = stablehlo.constant dense<[0, 0, -1, 0]> : tensor<4xi32>
  %u = stablehlo.constant dense<[9, 0]> : tensor<2xui8>
  %z = stablehlo.constant dense<0> : tensor<2xui8>
  %0 = stablehlo.divide %x, %y : tensor<4xi32>
  %1 = stablehlo.remainder %x, %y : tensor<4xi32>
  %2 = stablehlo.divide %u, %z : tensor<2xui8>
  %3 = stablehlo.remainder %u, %z : tensor<2xui8>
  check.expect_eq_const %0, dense<[-1, -1, -2147483648, -1]> : tensor<4xi32>
  check.expect_eq_const %1, dense<[7, -7, 0, 0]> : tensor<4xi32>
  check.expect_eq_const %2, dense<255> : tensor<2xui8>
  check.expect_eq_const %3, dense<[9, 0]> : tensor<2xui8>
  return
}
// -----
// rng_bit_generator: Philox, with states of two and three words; a counter that carries
func.func @main() {
  %s = stablehlo.constant dense<[72623859790382856, 41]> : tensor<2xui64>
  %t = stablehlo.constant dense<[72623859790382856, 18446744073709551615, 7]> : tensor<3xui64>
  %s0, %0 = stablehlo.rng_bit_generator %s, algorithm = PHILOX : (tensor<2xui64>) -> (tensor<2xui64>, tensor<5xui32>)
  %s1, %1 = stablehlo.rng_bit_generator %t, algorithm = PHILOX : (tensor<3xui64>) -> (tensor<3xui64>, tensor<3x2xui64>)
  %s2, %2 = stablehlo.rng_bit_generator %s1, algorithm = PHILOX : (tensor<3xui64>) -> (tensor<3xui64>, tensor<3xui64>)
  %s3, %3 = stablehlo.rng_bit_generator %s, algorithm = DEFAULT : (tensor<2xui64>) -> (tensor<2xui64>, tensor<2xui32>)
  check.expect_eq_const %s0, dense<[72623859790382856, 43]> : tensor<2xui64>
  check.expect_eq_const %0, dense<[822589510, 230723727, 3350467430, 1503352870, 1865859959]> : tensor<5xui32>
  check.expect_eq_const %s1, dense<[72623859790382856, 2, 8]> : tensor<3xui64>
  check.expect_eq_const %1, dense<[[13246389725089023542, 8690209939311793816], [12935158738588282401, 6030121390821573316], [7167024788315041734, 12826306045330197332]]> : tensor<3x2xui64>
  check.expect_eq_const %s2, dense<[72623859790382856, 4, 8]> : tensor<3xui64>
  check.expect_eq_const %2, dense<[1925085093257529548, 383539001423095538, 6765747005735434270]> : tensor<3xui64>
  check.expect_eq_const %s3, dense<[72623859790382856, 42]> : tensor<2xui64>
  check.expect_eq_const %3, dense<[822589510, 230723727]> : tensor<2xui32>
  return
}
