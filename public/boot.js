// The trusted-types policy of the page: the client lands it here.
