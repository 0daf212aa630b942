// Before the first paint: who chose a theme must not see the other one flash by.
(function () {
  try {
    var theme = localStorage.getItem('rivulet.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that keeps nothing shows what its system prefers.
  }
})();
