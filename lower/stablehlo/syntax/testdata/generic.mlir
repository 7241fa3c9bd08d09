#map = array<i64: 0>
!t = tensor<4xf32>
"builtin.module"() ({
  "func.func"() <{arg_attrs = [{}, {a.b}], function_type = (tensor<4xf32>, tensor<1xi32>) -> tensor<4xf32>, res_attrs = [{jax.result_info = ""}], sym_name = "main", sym_visibility = "public"}> ({
  ^bb0(%arg0: !t, %arg1: tensor<1xi32>):
    %0 = "stablehlo.constant"() <{value = dense<[(1.0, 0x7FC00000), (2.0, -3.0)]> : tensor<2xcomplex<f32>>}> : () -> tensor<2xcomplex<f32>>
    %1 = "stablehlo.constant"() <{value = dense<"0x0000803F"> : tensor<f32>}> : () -> tensor<f32>
    %2 = "stablehlo.scatter"(%arg0, %arg1, %1) <{indices_are_sorted = true, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 0,>, unique_indices = false}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      "stablehlo.return"(%b) : (tensor<f32>) -> ()
    }) : (!t, tensor<1xi32>, tensor<f32>) -> !t
    %3:2 = "stablehlo.sort"(%2, %2) <{dimension = 0 : i64}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<f32>):
      %p = stablehlo.compare LT, %a, %b, TOTALORDER : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %p : tensor<i1>
    }) {is_stable = true} : (!t, !t) -> (!t, !t)
    %4 = "stablehlo.reverse"(%3#1) <{dimensions = #map}> : (!t) -> !t
    "func.return"(%4) : (!t) -> ()
  }) : () -> ()
}) {x.y = #x.z<"a>", [<b>]>, f = 1.5e+3 : f32, g = affine_map<(d0) -> (d0)>} : () -> ()
