// gradient = sum of the slices' partial gradients, four numbers an invocation, in order of the slices.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> partials: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= SIZE / 4u) { return; }
  var sum = vec4f();
  for (var slice = 0u; slice < dims.chunks; slice++) {
    sum += partials[slice * (SIZE / 4u) + at];
  }
  gradient[at] = sum;
}
