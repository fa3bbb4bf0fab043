// Draws each live sequence's next token and makes it the sequence's next input. Inverse of the cumulative distribution
// over the vocabulary in order, u from Philox at (step, rollout, phase, token); greedy at temperature 0.
struct Token { id: u32, position: u32, base: u32, link: u32 }
struct Sampling {
  key: vec2u,
  step: u32,
  phase: u32,
  temperature: f32,
  end: u32,         // id of the end token
  most: u32,        // new tokens a sequence may have
  probes: u32,      // number of probes
  probe: array<vec4u, 4>,  // (after, token, 0, 0)
}
struct Sequence { rollout: u32, made: u32, alive: u32, pad: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> sampling: Sampling;
@group(0) @binding(2) var<storage, read> logits: array<f32>;  // by feature
@group(0) @binding(3) var<storage, read_write> tokens: array<Token>;
@group(0) @binding(4) var<storage, read_write> sequences: array<Sequence>;
@group(0) @binding(5) var<storage, read_write> drawn: array<vec2u>;  // [sequence, MOST]: id, bits of its log-probability
@group(0) @binding(6) var<storage, read_write> probed: array<f32>;   // [sequence, 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= dims.rows) { return; }
  let s = tokens[at].link;
  let stride = 4u * depth(dims.rows);
  var top = logits[at];
  var best = 0u;
  for (var v = 1u; v < VOCABULARY; v++) {
    if (logits[v * stride + at] > top) {
      top = logits[v * stride + at];
      best = v;
    }
  }
  var total = 0.0;
  var tempered = 0.0;
  let cool = 1.0 / max(sampling.temperature, 1e-6);
  for (var v = 0u; v < VOCABULARY; v++) {
    let shifted = logits[v * stride + at] - top;
    total += exp(shifted);
    tempered += exp(shifted * cool);
  }
  let logTotal = log(total);
  for (var i = 0u; i < sampling.probes; i++) {
    if (sampling.probe[i].x == tokens[at].id) {
      probed[s * 4u + i] = exp(logits[sampling.probe[i].y * stride + at] - top - logTotal);
    }
  }
  let made = sequences[s].made;
  var id = best;
  if (sampling.temperature > 0.0) {
    let word = philox(sampling.key, vec4u(sampling.step, sequences[s].rollout, sampling.phase, made)).x;
    let mark = f32(word >> 8u) / 16777216.0 * tempered;
    var passed = 0.0;
    for (var v = 0u; v < VOCABULARY; v++) {
      passed += exp((logits[v * stride + at] - top) * cool);
      if (passed > mark) {
        id = v;
        break;
      }
    }
  }
  drawn[s * MOST + made] = vec2u(id, bitcast<u32>(logits[id * stride + at] - top - logTotal));
  tokens[at].id = id;
  tokens[at].position += 1u;
  sequences[s].made = made + 1u;
  if (id == sampling.end || made + 1u >= sampling.most) { sequences[s].alive = 0u; }
}
