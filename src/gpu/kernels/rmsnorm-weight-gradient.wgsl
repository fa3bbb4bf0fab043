// partials[slice][offset + i] = Σ over the slice's items of dy · x / rms; four channels an invocation.
struct NormShape { offset: u32, size: u32, slice: u32 }
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<uniform> shape: NormShape;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> dy: array<vec4f>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let slice = at / WIDTH;
  if (slice >= dims.chunks) { return; }
  let channel = at % WIDTH;
  let count = select(dims.tokens, dims.rows, BY_ROWS == 1u);
  let end = min((slice + 1u) * shape.slice, count);
  var sum = vec4f();
  for (var n = slice * shape.slice; n < end; n++) {
    sum += dy[n * WIDTH + channel] * x[n * WIDTH + channel] * inverse[n];
  }
  partials[(slice * shape.size + shape.offset) / 4u + channel] = sum;
}
