/**
 * Whether something was chosen in a form since the server wrote it: before the scripts came, or by a browser that restored
 * it. What is being typed is left alone.
 */
export function hasEarlyChoice(form: HTMLFormElement): boolean {
  return [...form.elements].some((field) => {
    if (!(field instanceof HTMLSelectElement)) return false;
    const options = [...field.options];
    return field.value !== (options.find(({ defaultSelected }) => defaultSelected) ?? options[0])?.value;
  });
}
