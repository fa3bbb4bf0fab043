// logits become their gradient: coefficient · (onehot(target) − softmax), coefficient = dLoss/dlogp. One predicted place an
// invocation. By token it is times 1 / rms, as the weight gradient of a normed layer wants it, and zero where columns pad the
// vocabulary.
fn write_gradient(at: u32, coefficient: f32, logSumExp: f32) {
  let stride = 4u * depth(dims.rows);
  let target_id = targets[at];
  let scale = inverse[at];
  for (var g = 0u; g < STRIDE / 4u; g++) {
    let v = vec4u(4u * g) + vec4u(0u, 1u, 2u, 3u);
    let place = v * stride + at;
    let four = vec4f(logits[place.x], logits[place.y], logits[place.z], logits[place.w]);
    let onehot = select(vec4f(), vec4f(1.0), v == vec4u(target_id));
    let gradient = select(vec4f(), coefficient * (onehot - exp(four - logSumExp)), v < vec4u(VOCABULARY));
    logits[place.x] = gradient.x;
    logits[place.y] = gradient.y;
    logits[place.z] = gradient.z;
    logits[place.w] = gradient.w;
    dLogitsByToken[at * (STRIDE / 4u) + g] = gradient * scale;
  }
}
