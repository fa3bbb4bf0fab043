// logits become their gradient: coefficient · (onehot(target) − softmax), coefficient = dLoss/dlogp. One predicted place an
// invocation. By token it is times 1 / rms, as the weight gradient of a normed layer wants it, and zero where columns pad the
// vocabulary.
fn write_gradient(at: u32, coefficient: f32, logSumExp: f32) {
  let stride = 4u * depth(dims.rows);
  let target_id = targets[at];
  let scale = inverse[at];
  for (var g = 0u; g < STRIDE / 4u; g++) {
    var four = vec4f();
    for (var e = 0u; e < 4u; e++) {
      let v = 4u * g + e;
      let place = v * stride + at;
      let onehot = select(0.0, 1.0, v == target_id);
      let gradient = select(0.0, coefficient * (onehot - exp(logits[place] - logSumExp)), v < VOCABULARY);
      logits[place] = gradient;
      four[e] = gradient * scale;
    }
    dLogitsByToken[at * (STRIDE / 4u) + g] = four;
  }
}
