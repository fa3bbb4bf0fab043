// How the next token is drawn, for every kernel that draws one. The kernel gives the logits of the sequence at hand as
// `logit(v)`, and exp of what they are above the greatest as `likelihood(v)`, at the temperature as `tempered(v)`.

// What logits above the greatest are multiplied by.
fn cooling() -> f32 {
  return 1.0 / max(sampling.temperature, 1e-6);
}

fn likeliest() -> u32 {
  var top = logit(0u);
  var best = 0u;
  for (var v = 1u; v < VOCABULARY; v++) {
    if (logit(v) > top) {
      top = logit(v);
      best = v;
    }
  }
  return best;
}

// Draws what follows the token that was read last, notes it, and gives it back as the next to be read. Inverse of the
// cumulative distribution over the vocabulary in order, u from Philox at (step, rollout, phase, token); greedy at temperature 0.
fn draw(token: Token, best: u32) -> Token {
  let s = token.link;
  let top = logit(best);
  var total = 0.0;
  var temperedTotal = 0.0;
  for (var v = 0u; v < VOCABULARY; v++) {
    total += likelihood(v);
    temperedTotal += tempered(v);
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
      passed += tempered(v);
      if (passed > mark) {
        id = v;
        break;
      }
    }
  }
  drawn[s * MOST + made] = vec2u(id, bitcast<u32>(logit(id) - top - logTotal));
  sequences[s].made = made + 1u;
  if (id == sampling.end || made + 1u >= sampling.most) { sequences[s].alive = 0u; }
  return Token(id, token.position + 1u, token.base, s);
}
