// gradient = sum of the slices' partial gradients of a matrix or two, four numbers an invocation, in order of the slices.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> partials: array<vec4f>;  // [slice, part of the flat buffer]
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;  // that part

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let size = arrayLength(&gradient);
  if (at >= size) { return; }
  var sum = vec4f();
  for (var slice = 0u; slice < dims.chunks; slice++) {
    sum += partials[slice * size + at];
  }
  gradient[at] = sum;
}
