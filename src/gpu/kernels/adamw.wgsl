// AdamW (Loshchilov & Hutter) on the clipped gradient; corrections are 1 − β^updates, made anew by the host each step.
@group(0) @binding(0) var<uniform> hyper: Hyper;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> norm: vec2f;
@group(0) @binding(3) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> first: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> second: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= SIZE / 4u) { return; }
  let g = gradient[at] * norm.y;
  let m = hyper.beta1 * first[at] + (1.0 - hyper.beta1) * g;
  let v = hyper.beta2 * second[at] + (1.0 - hyper.beta2) * g * g;
  first[at] = m;
  second[at] = v;
  let p = parameters[at] * (1.0 - hyper.rate * hyper.decay);
  parameters[at] = p - hyper.rate * (m / hyper.correction1) / (sqrt(v / hyper.correction2) + hyper.epsilon);
}
