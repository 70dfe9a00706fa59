// A page that was opened from a folder must not read other pages, so the search shows
// its results there without the text around them.
"use strict";

if (window.location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
