// Through RMSNorm into the residual stream, one token an invocation: dx = r · (w · dy − x · r² · mean(w · dy · x)), added to
// the stream's gradient. The last norm sees predicted places only and begins the stream: where nothing is predicted, zero.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> shape: RmsShape;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;  // by token: what is kept of it for the weight gradient
@group(0) @binding(3) var<storage, read> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;   // by feature, as dx
@group(0) @binding(5) var<storage, read> inverse: array<f32>;
@group(0) @binding(6) var<storage, read> tokenRow: array<u32>;  // row + 1, 0 for none
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(8) var<storage, read_write> dxByToken: array<vec4f>;

// Four features of an item. Loops over them would cost software adapters more than what is in them.
fn incoming(place: u32, stride: u32) -> vec4f {
  return vec4f(dy[place], dy[place + stride], dy[place + 2u * stride], dy[place + 3u * stride]);
}

fn put(place: u32, stride: u32, value: vec4f) {
  dx[place] = value.x;
  dx[place + stride] = value.y;
  dx[place + 2u * stride] = value.z;
  dx[place + 3u * stride] = value.w;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = invocation(workgroup, local);
  if (t >= dims.tokens) { return; }
  let begins = shape.byRows == 1u;
  let to = 4u * depth(dims.tokens);
  let stride = select(to, 4u * depth(dims.rows), begins);
  let at = select(t, tokenRow[t] - 1u, begins);
  let width = shape.features / 4u;
  if (begins && tokenRow[t] == 0u) {
    for (var i = 0u; i < width; i++) {
      dxByToken[t * width + i] = vec4f();
      put(4u * i * to + t, to, vec4f());
    }
    return;
  }
  let r = inverse[at];
  var along = 0.0;
  for (var i = 0u; i < width; i++) {
    along += dot(weight[i] * incoming(4u * i * stride + at, stride), x[at * width + i]);
  }
  let pull = along * r * r / f32(shape.features);
  for (var i = 0u; i < width; i++) {
    let place = 4u * i * to + t;
    let before = vec4f(dx[place], dx[place + to], dx[place + 2u * to], dx[place + 3u * to]);
    let step = r * (weight[i] * incoming(4u * i * stride + at, stride) - x[at * width + i] * pull);
    let value = select(before + step, step, begins);
    put(place, to, value);
    dxByToken[t * width + i] = value;
  }
}
