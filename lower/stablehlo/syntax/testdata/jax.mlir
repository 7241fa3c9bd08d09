#loc = loc(unknown)
#loc1 = loc("x")
module @jit_f attributes {mhlo.num_partitions = 4 : i32} {
  sdy.mesh @mesh = <["x"=4]> {stablehlo.mesh = {axes = [{name = "x", size = 4 : i64}]}}
  func.func public @main(%arg0: tensor<4x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>} loc("x"), %arg1: !stablehlo.token) -> (tensor<4x4xf32> {mhlo.sharding = "\08\03\1A\02"}) {
    %0 = sdy.sharding_constraint %arg0 <@mesh, [{"x"}, {}]> : tensor<4x4xf32> loc(#loc1)
    %1 = sdy.manual_computation(%0) in_shardings=[<@mesh, [{"x"}, {}]>] out_shardings=[<@mesh, [{}, {}]>] manual_axes={"x"} (%arg2: tensor<1x4xf32>) {
      %4 = "stablehlo.all_reduce"(%arg2) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1, 2, 3]]> : tensor<1x4xi64>, use_global_device_ids}> ({
      ^bb0(%arg3: tensor<f32> loc("a"), %arg4: tensor<f32> loc(#loc)):
        %5 = stablehlo.add %arg3, %arg4 : tensor<f32> loc(#loc1)
        stablehlo.return %5 : tensor<f32> loc(#loc1)
      }) : (tensor<1x4xf32>) -> tensor<1x4xf32>
      sdy.return %4 : tensor<1x4xf32>
    } : (tensor<4x4xf32>) -> tensor<1x4xf32>
    %2:2 = stablehlo.custom_call @lapack_spotrf_ffi(%0) {backend_config = "", mhlo.backend_config = {uplo = 76 : ui8}, operand_layouts = [dense<[0, 1]> : tensor<2xindex>], output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [0], operand_index = 0, operand_tuple_indices = []>], result_layouts = [dense<[0, 1]> : tensor<2xindex>, dense<> : tensor<0xindex>], sdy.sharding_rule = #sdy.op_sharding_rule<([i, j])->([k, l], []) {i=3, j=3, k=3, l=3}, custom>} : (tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<i32>) loc(callsite("f"("a.py":1:2) at "b"))
    %output_state, %output = stablehlo.rng_bit_generator %arg0, algorithm = PHILOX : (tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<2xui32>)
    %3 = stablehlo.add %0, %0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32, #stablehlo.bounds<4, ?>>
    return %0 : tensor<4x4xf32> loc(#loc)
  } loc(#loc)
  func.func private @declared(tensor<2x!quant.uniform<i8:f32, 2.0:15>>, tuple<tensor<i32>, !stablehlo.token>) -> (tensor<*xf32>, tensor<4xf8E4M3FN>)
} loc(#loc)
#loc2 = loc("late"(#loc1))
