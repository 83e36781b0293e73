// The theme that was chosen in this browser, before anything is drawn. (An inline script would need a hash of its own.)
// A page that another site embeds has the theme that that site asks for.
try {
  const theme = localStorage.getItem('footfall:theme');
  const { dataset } = document.documentElement;
  if (dataset.theme === undefined && (theme === 'light' || theme === 'dark')) dataset.theme = theme;
} catch {
  // A browser without storage follows the system.
}
