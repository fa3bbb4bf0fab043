// How the next token is drawn, for every kernel that draws one. The kernel gives the logits of the sequence at hand as
// `logit(v)`; exp of what they are above the greatest as `likelihood(v)`; above the greatest that may be drawn, at the
// temperature, as `tempered(v)`; and the words of the ids' marks (token-marks.ts) as `marks(i)`.

// What logits above the greatest are multiplied by.
fn cooling() -> f32 {
  return 1.0 / max(sampling.temperature, 1e-6);
}

fn mark(v: u32) -> u32 {
  return (marks(v / 16u) >> (2u * (v % 16u))) & 3u;
}

fn drawable(v: u32) -> bool {
  return sampling.suppressed == 0u || (mark(v) & 2u) == 0u;
}

// Of those that may be drawn.
fn likeliest() -> u32 {
  var top = 0.0;
  var best = VOCABULARY;
  for (var v = 0u; v < VOCABULARY; v++) {
    if (drawable(v) && (best == VOCABULARY || logit(v) > top)) {
      top = logit(v);
      best = v;
    }
  }
  return best;
}

// The greatest logit of all.
fn highest(best: u32) -> f32 {
  var top = logit(best);
  if (sampling.suppressed > 0u) {
    for (var v = 0u; v < VOCABULARY; v++) { top = max(top, logit(v)); }
  }
  return top;
}

// Draws what follows the token that was read last, notes it, and gives it back as the next to be read. Inverse of the
// cumulative distribution over the vocabulary in order, u from Philox at (step, rollout, phase, token); greedy at temperature 0.
// Probabilities are the model's own, over all of its vocabulary.
fn draw(token: Token, best: u32, top: f32) -> Token {
  let s = token.link;
  var total = 0.0;
  var temperedTotal = 0.0;
  for (var v = 0u; v < VOCABULARY; v++) {
    total += likelihood(v);
    if (drawable(v)) { temperedTotal += tempered(v); }
  }
  let logTotal = log(total);
  for (var i = 0u; i < sampling.probes; i++) {
    if (sampling.probe[i].x == token.id) {
      probed[s * 4u + i] = exp(logit(sampling.probe[i].y) - top - logTotal);
    }
  }
  let made = sequences[s].made;
  var id = best;
  if (sampling.temperature > 0.0) {
    let word = philox(sampling.key, vec4u(sampling.step, sequences[s].rollout, sampling.phase, made)).x;
    let mark = f32(word >> 8u) / 16777216.0 * temperedTotal;
    var passed = 0.0;
    for (var v = 0u; v < VOCABULARY; v++) {
      if (drawable(v)) { passed += tempered(v); }
      if (passed > mark) {
        id = v;
        break;
      }
    }
  }
  drawn[s * MOST + made] = vec2u(id, bitcast<u32>(logit(id) - top - logTotal));
  sequences[s].made = made + 1u;
  if ((mark(id) & 1u) == 1u || made + 1u >= sampling.most) { sequences[s].alive = 0u; }
  return Token(id, token.position + 1u, token.base, s);
}
