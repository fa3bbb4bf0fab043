// Sum of squares of 64 consecutive gradients an invocation.
@group(0) @binding(0) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= SIZE / 64u) { return; }
  var squares = vec4f();
  for (var i = 0u; i < 16u; i++) {
    let value = gradient[at * 16u + i];
    squares += value * value;
  }
  sums[at] = dot(squares, vec4f(1.0));
}
