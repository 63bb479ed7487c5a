// Runs before first paint so that a chosen theme never flashes.
(function () {
  try {
    var t = localStorage.getItem('milepost.theme');
    if (t === 'light' || t === 'dark') document.documentElement.dataset.theme = t;
  } catch (e) {
    // Storage may be blocked; the system's theme then applies.
  }
})();
