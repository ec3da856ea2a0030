// A path without a dot is a view of the app, which finds its way by itself; a file that is not there stays an error.
function handler(event) {
  var request = event.request;
  if (!request.uri.includes(".")) request.uri = "/index.html";
  return request;
}
