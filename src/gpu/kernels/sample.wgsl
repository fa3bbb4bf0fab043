// Draws each live sequence's next token (sampling.wgsl) and makes it the sequence's next input; one sequence an invocation.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> sampling: Sampling;
@group(0) @binding(2) var<storage, read> logits: array<f32>;  // by feature
@group(0) @binding(3) var<storage, read_write> tokens: array<Token>;
@group(0) @binding(4) var<storage, read_write> sequences: array<GeneratedSequence>;
@group(0) @binding(5) var<storage, read_write> drawn: array<vec2u>;  // [sequence, MOST]: id, bits of its log-probability
@group(0) @binding(6) var<storage, read_write> probed: array<f32>;   // [sequence, 4]
@group(0) @binding(7) var<storage, read> ids: array<u32>;            // marks

var<private> at: u32;
var<private> stride: u32;
var<private> top: f32;
var<private> top_drawable: f32;
var<private> cool: f32;

fn logit(v: u32) -> f32 { return logits[v * stride + at]; }
fn likelihood(v: u32) -> f32 { return exp(logit(v) - top); }
fn tempered(v: u32) -> f32 { return exp((logit(v) - top_drawable) * cool); }
fn marks(i: u32) -> u32 { return ids[i]; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  at = invocation(workgroup, local);
  if (at >= dims.rows) { return; }
  stride = 4u * depth(dims.rows);
  let best = likeliest();
  top = highest(best);
  top_drawable = logit(best);
  cool = cooling();
  tokens[at] = draw(tokens[at], best, top);
}
