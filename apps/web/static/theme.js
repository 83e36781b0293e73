// The theme that was chosen in this browser, before anything is drawn. (An inline script would need a hash of its own.)
try {
  const theme = localStorage.getItem('footfall:theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser without storage follows the system.
}
