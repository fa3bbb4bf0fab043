/** A text that no story model knows by heart. */
export const rhyme = `The owl and the otter went out on the ice
to sell seven buttons for half of the price.
The owl kept the count and the otter the bell,
and nobody came, so they rang it as well.
"A button for breakfast," the owl said, "is sound."
"A button for supper," said Otter, "goes round."
They ate all the seven, they slept in a shoe,
and woke up with nothing at all left to do.
`;
