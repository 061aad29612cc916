package buoy
