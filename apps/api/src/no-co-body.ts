/** Stands in for a package that reads Node's request bodies: on workerd nothing does. */
export default {};
